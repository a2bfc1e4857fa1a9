use crate::testing::check;

#[test]
fn numbers_and_texts() {
    check(
        "> RPUSH l 3 1 2 10\n(integer) 4\n> SORT l\n1) \"1\"\n2) \"2\"\n3) \"3\"\n4) \"10\"
         > SORT l ALPHA DESC\n1) \"3\"\n2) \"2\"\n3) \"10\"\n4) \"1\"
         > SORT l LIMIT 1 2\n1) \"2\"\n2) \"3\"\n> SORT l LIMIT -1 1\n1) \"1\"\n> SORT l LIMIT 9 1\n(empty array)
         > SORT l LIMIT 2 -5\n1) \"3\"\n2) \"10\"\n> SORT missing\n(empty array)
         > RPUSH l x\n(integer) 5\n> SORT l\n(error) ERR One or more scores can't be converted into double
         > SORT l STORE d\n(error) ERR One or more scores can't be converted into double
         > RPUSH e \"\" -1 1.5\n(integer) 3\n> SORT e\n(error) ERR One or more scores can't be converted into double
         > ZADD z 1 f\n(integer) 1\n> RPUSH names z\n(integer) 1\n> SORT names ALPHA GET *->f\n1) (nil)",
    );
}

#[test]
fn without_an_order() {
    check(
        "> RPUSH l b c a\n(integer) 3\n> SORT l BY nosort\n1) \"b\"\n2) \"c\"\n3) \"a\"
         > SORT l BY nosort DESC LIMIT 0 2\n1) \"a\"\n2) \"c\"
         > ZADD z 1 b 2 a\n(integer) 2\n> SORT z BY nosort DESC\n1) \"a\"\n2) \"b\"
         > SADD s b a c\n(integer) 3\n> SORT s BY nosort STORE d\n(integer) 3
         > LRANGE d 0 -1\n1) \"a\"\n2) \"b\"\n3) \"c\"",
    );
}

#[test]
fn by_other_keys() {
    check(
        "> RPUSH l 1 2 3\n(integer) 3\n> MSET w_1 5 w_2 4\nOK\n> HSET h_1 f b g x\n(integer) 2
         > HSET h_2 f a\n(integer) 1\n> SORT l BY w_*\n1) \"3\"\n2) \"2\"\n3) \"1\"
         > SORT l BY h_*->f ALPHA GET # GET h_*->g GET w_*
         1) \"3\"\n2) (nil)\n3) (nil)\n4) \"2\"\n5) (nil)\n6) \"4\"\n7) \"1\"\n8) \"x\"\n9) \"5\"
         > SORT_RO l BY w_* DESC GET w_* GET nothing LIMIT 0 1\n1) \"5\"\n2) (nil)
         > SORT l GET w_* STORE d\n(integer) 3\n> LRANGE d 0 -1\n1) \"5\"\n2) \"4\"\n3) \"\"
         > SORT l BY l*\n1) \"1\"\n2) \"2\"\n3) \"3\"",
    );
}

#[test]
fn stored_results_replace_what_is_there() {
    check(
        "> SET d v EX 100\nOK\n> RPUSH l 2 1\n(integer) 2\n> SORT l STORE d\n(integer) 2\n> TTL d\n(integer) -1
         > SORT l STORE l\n(integer) 2\n> LRANGE l 0 -1\n1) \"1\"\n2) \"2\"
         > SORT missing STORE d\n(integer) 0\n> EXISTS d\n(integer) 0",
    );
}

#[test]
fn errors() {
    check(
        "> SET k v\nOK\n> SORT k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
         > SORT k LIMIT 0\n(error) ERR syntax error\n> SORT k LIMIT 0 x
         (error) ERR value is not an integer or out of range\n> SORT k GET\n(error) ERR syntax error
         > SORT_RO k STORE d\n(error) ERR syntax error\n> SORT k FOO\n(error) ERR syntax error
         > HSET h f v\n(integer) 1\n> SORT h\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
    );
}
