"""A session of redis-py, or of the valkey package, which has the same interface.

Usage: redis_py.py MODULE PORT. Fails on the first answer that isn't the right one.
"""

import importlib
import sys
import uuid


def strings(client):
    assert client.ping() is True
    assert client.set("k", "v") is True
    assert client.get("k") == "v"
    assert client.get("missing") is None
    assert client.mset({"a": 1, "b": "two", "c": 3.5}) is True
    assert client.mget("a", "b", "c", "missing") == ["1", "two", "3.5", None]
    assert client.incr("a", 41) == 42
    assert client.incrbyfloat("c", 0.25) == 3.75
    assert client.append("b", "!") == 4
    assert client.getrange("b", 0, 2) == "two"
    assert client.set("k", "w", get=True) == "v"
    assert client.getdel("k") == "w"
    assert client.setnx("once", 1) is True and client.setnx("once", 2) is False


def bytes_as_they_are(module, port, protocol):
    raw = module.Redis(port=port, **protocol)
    key, value = b"\x00\xff\r\n key", bytes(range(256)) * 64
    assert raw.set(key, value) is True
    assert raw.get(key) == value
    assert raw.strlen(key) == len(value)
    assert raw.delete(key) == 1
    raw.close()


def expiry(client):
    client.set("k", "v", ex=100)
    assert 99 <= client.ttl("k") <= 100
    assert client.expire("k", 1000, nx=True) is False
    assert client.pexpire("k", 200_000, gt=True) is True
    assert 199_000 < client.pttl("k") <= 200_000
    assert client.persist("k") is True and client.ttl("k") == -1
    assert client.ttl("missing") == -2
    assert client.getex("k", px=5_000) == "v" and 4_000 < client.pttl("k") <= 5_000


def keys(client):
    names = {f"scan:{n}" for n in range(2000)}
    client.mset(dict.fromkeys(names, "x"))
    assert set(client.scan_iter(match="scan:*", count=37)) == names
    assert set(client.keys("scan:*")) == names
    assert client.rename("scan:0", "moved") is True
    assert client.type("moved") == "string" and client.object("encoding", "moved") == "embstr"
    assert client.copy("moved", "copied") is True and client.exists("moved", "copied") == 2
    assert client.unlink(*(names - {"scan:0"})) == len(names) - 1


def lists(client):
    assert client.rpush("l", "a", "b", "c") == 3 and client.lpush("l", "z") == 4
    assert client.lrange("l", 0, -1) == ["z", "a", "b", "c"]
    assert client.lmove("l", "m", "RIGHT", "LEFT") == "c"
    assert client.lpop("l") == "z" and client.rpop("l", 2) == ["b", "a"]
    assert client.lpos("m", "c") == 0 and client.lmpop(1, "m", direction="LEFT") == ["m", ["c"]]
    assert client.exists("l", "m") == 0


def hashes(client):
    assert client.hset("h", mapping={"name": "x", "n": 1, "f": 0.5}) == 3
    assert client.hgetall("h") == {"name": "x", "n": "1", "f": "0.5"}
    assert client.hmget("h", "name", "none") == ["x", None]
    assert client.hincrby("h", "n", 41) == 42 and client.hincrbyfloat("h", "f", 0.25) == 0.75
    assert dict(client.hscan_iter("h", count=1)) == client.hgetall("h")
    # Not every version of the packages has methods for these.
    assert client.execute_command("HEXPIRE", "h", 100, "FIELDS", 1, "name") == [1]
    assert 99 <= client.execute_command("HTTL", "h", "FIELDS", 1, "name")[0] <= 100
    assert client.hdel("h", "name", "n", "f") == 3 and client.exists("h") == 0


def sets(client):
    assert client.sadd("s", "a", "b", "c") == 3 and client.sadd("t", "b", "c", "d") == 3
    assert set(client.smembers("s")) == {"a", "b", "c"} and client.sismember("s", "a") == 1
    assert set(client.sinter("s", "t")) == {"b", "c"} and set(client.sdiff("s", "t")) == {"a"}
    assert client.sunionstore("u", "s", "t") == 4 and client.sintercard(2, ["s", "t"]) == 2
    assert client.spop("s") in {"a", "b", "c"} and client.scard("s") == 2
    assert set(client.sscan_iter("u")) == {"a", "b", "c", "d"}


def sorted_sets(client):
    def pairs(reply):
        return [(member, score) for member, score in reply]

    assert client.zadd("z", {"a": 1, "b": 2.5, "c": 3}) == 3
    scored = pairs(client.zrange("z", 0, -1, withscores=True))
    assert scored == [("a", 1.0), ("b", 2.5), ("c", 3.0)], scored
    assert client.zrangebyscore("z", "(1", "+inf") == ["b", "c"]
    assert client.zincrby("z", 10, "a") == 11.0 and client.zrank("z", "a") == 2
    assert client.zscore("z", "b") == 2.5 and client.zmscore("z", ["a", "x"]) == [11.0, None]
    assert pairs(client.zpopmin("z", 1)) == [("b", 2.5)]
    assert client.zunionstore("zu", {"z": 2, "missing": 1}) == 2
    assert dict(client.zscan_iter("zu")) == {"a": 22.0, "c": 6.0}


def places(client):
    assert client.geoadd("g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")) == 2
    assert client.geodist("g", "Palermo", "Catania", "km") == 166.2742
    near = client.geosearch("g", longitude=15, latitude=37, radius=100, unit="km")
    assert near == ["Catania"], near


def bits_and_estimates(client):
    assert client.setbit("bits", 7, 1) == 0 and client.bitcount("bits") == 1
    assert client.bitfield("bits").incrby("u8", 0, 5).execute() == [6]
    assert client.pfadd("hll", *range(100)) == 1 and 95 <= client.pfcount("hll") <= 105


def pipeline(client):
    with client.pipeline(transaction=False) as pipe:
        for n in range(500):
            pipe.set(f"p{n}", n).get(f"p{n}")
        replies = pipe.execute()
    assert replies == [r for n in range(500) for r in (True, str(n))]


def lock(client):
    """The lock every client documents: SET NX PX with a token."""
    token = str(uuid.uuid4())
    assert client.set("lock", token, nx=True, px=30_000) is True
    assert client.set("lock", "other", nx=True, px=30_000) is None
    assert client.get("lock") == token and client.pttl("lock") > 29_000
    assert client.delete("lock") == 1


def introspection(module, client):
    info = client.info()
    assert info["redis_version"].startswith("7.2") and info["role"] == "master", info
    assert info["redis_mode"] == "standalone" and "used_memory_human" in info, info
    assert client.info("keyspace")["db0"]["keys"] > 0
    assert client.config_get("maxmemory*")["maxmemory"] == "0"
    assert client.config_set("timeout", 0) is True and client.config_resetstat() is True
    assert client.client_setname("me") is True and client.client_getname() == "me"
    assert client.client_id() == client.client_info()["id"]
    listed = [c for c in client.client_list() if c["name"] == "me"]
    assert len(listed) == 1 and listed[0]["cmd"] == "client|list", listed
    assert client.command_count() > 50 and "get" in client.command()
    seconds, micros = client.time()
    assert seconds > 1_600_000_000 and 0 <= micros < 1_000_000
    client.set("text", "abc")
    refused(module, client, "unknown command 'NOSUCH'", "NOSUCH", "a")
    refused(module, client, "value is not an integer or out of range", "INCR", "text")


def refused(module, client, why, *command):
    try:
        client.execute_command(*command)
    except module.exceptions.ResponseError as error:
        assert str(error).startswith(why), error
    else:
        raise AssertionError(f"{command} went through")


def session(module, port, protocol):
    client = module.Redis(port=port, decode_responses=True, **protocol)
    client.flushall()
    strings(client)
    bytes_as_they_are(module, port, protocol)
    expiry(client)
    keys(client)
    lists(client)
    hashes(client)
    sets(client)
    sorted_sets(client)
    places(client)
    bits_and_estimates(client)
    pipeline(client)
    lock(client)
    introspection(module, client)
    with module.Redis(port=port, db=3, decode_responses=True, **protocol) as other:
        assert other.dbsize() == 0 and other.set("k", "in 3") and other.get("k") == "in 3"
    assert client.dbsize() > 0 and client.flushdb() is True and client.dbsize() == 0
    client.close()


def main():
    name, port = sys.argv[1], int(sys.argv[2])
    module = importlib.import_module(name)
    # An empty choice is what the package connects with by default.
    for protocol in ({}, {"protocol": 2}, {"protocol": 3}):
        session(module, port, protocol)
        print(f"{name} {module.__version__}, {protocol or 'default protocol'}: well")


main()
