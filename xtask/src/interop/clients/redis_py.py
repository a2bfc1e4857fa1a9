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


def keys(client):
    names = {f"scan:{n}" for n in range(2000)}
    client.mset(dict.fromkeys(names, "x"))
    assert set(client.scan_iter(match="scan:*", count=37)) == names
    assert set(client.keys("scan:*")) == names
    assert client.rename("scan:0", "moved") is True
    assert client.type("moved") == "string" and client.object("encoding", "moved") == "embstr"
    assert client.copy("moved", "copied") is True and client.exists("moved", "copied") == 2
    assert client.unlink(*(names - {"scan:0"})) == len(names) - 1


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
    assert client.client_setname("me") is True and client.client_getname() == "me"
    assert client.client_id() == client.client_info()["id"]
    listed = [c for c in client.client_list() if c["name"] == "me"]
    assert len(listed) == 1 and listed[0]["cmd"] == "client|list", listed
    assert client.command_count() > 50 and "get" in client.command()
    seconds, micros = client.time()
    assert seconds > 1_600_000_000 and 0 <= micros < 1_000_000
    try:
        client.execute_command("NOSUCH", "a")
    except module.exceptions.ResponseError as error:
        assert str(error).startswith("unknown command"), error
    else:
        raise AssertionError("NOSUCH was answered")


def session(module, port, protocol):
    client = module.Redis(port=port, decode_responses=True, **protocol)
    client.flushall()
    strings(client)
    bytes_as_they_are(module, port, protocol)
    expiry(client)
    keys(client)
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
