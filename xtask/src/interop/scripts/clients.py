"""Python clients against a server of the Redis dialect: connect, read, write, no error.

Called as `clients.py PORT`. Ends with an assertion or an exception where something is wrong.
"""

import sys

import redis
import valkey

PORT = int(sys.argv[1])


def session(client, responses):
    """One conversation, the same for every client and protocol."""
    client.flushall()
    assert client.ping() is True
    assert client.set("greeting", "hello") is True
    assert client.get("greeting") == b"hello"
    assert client.get("missing") is None
    assert client.set("lock", "token", nx=True, px=30000) is True
    assert client.set("lock", "other", nx=True) is None
    assert client.set("greeting", "bye", get=True) == b"hello"
    assert client.mset({"a": 1, "b": b"\x00\xff\r\n"}) is True
    assert client.mget("a", "b", "missing") == [b"1", b"\x00\xff\r\n", None]
    assert client.incrby("a", 41) == 42
    assert client.incrbyfloat("a", 0.5) == 42.5
    assert client.append("greeting", "!") == 4
    assert client.expire("greeting", 60) and 0 < client.ttl("greeting") <= 60
    assert client.getex("greeting", persist=True) == b"bye!"
    assert client.ttl("greeting") == -1
    assert client.exists("a", "b", "missing") == 2
    assert client.type("a") == b"string"
    assert client.delete("a", "b", "missing") == 2

    names = {f"key:{number}".encode() for number in range(1000)}
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.set(name, name)
    assert pipe.execute() == [True] * len(names)
    assert set(client.scan_iter(match="key:*", count=100)) == names
    assert client.dbsize() == len(names) + 2

    assert client.client_id() > 0
    assert any(row["id"] == str(client.client_id()) for row in client.client_list())
    assert client.info()["redis_version"].startswith("7.2")
    number = client.connection_pool.connection_kwargs.get("db", 0)
    assert client.info("keyspace")[f"db{number}"]["keys"] == len(names) + 2
    assert client.config_get("maxmemory*")["maxmemory-policy"] == "noeviction"
    assert client.config_set("timeout", 0) is True
    assert client.command_count() > 50 and "get" in client.command()
    assert client.object("encoding", "lock") == b"embstr"
    try:
        client.incr("greeting")
    except responses.ResponseError as error:
        assert str(error) == "value is not an integer or out of range", error
    else:
        raise AssertionError("INCR of a text went through")
    client.close()


for module in (redis, valkey):
    name = "Redis" if module is redis else "Valkey"
    for options in ({}, {"protocol": 2}, {"protocol": 3}, {"db": 3}):
        session(getattr(module, name)(port=PORT, **options), module)
        print(f"{module.__name__} {module.__version__} {options}: agreed")
