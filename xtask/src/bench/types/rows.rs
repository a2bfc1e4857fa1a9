//! What is asked of collections, and what is kept in them. Members, items, values, and fields of large
//! hashes have 16 bytes, as keys have where there are several.

use crate::bench::scenarios::{Data, Scenario, row};

/// Objects as a web session or a user's profile is one.
const HASHES: Data = Data { recipe: HASH_OF_10, sendings: 100_000 };
/// One hash that is an index of something.
const HASH: Data = Data { recipe: "HSET bighash fld:{n} {#16} -> :", sendings: 1_000_000 };
/// Eight of 100,000 members, whose members came in turn.
const SETS: Data = Data { recipe: "SADD set:{n%8} mem:{n/8} -> :", sendings: 800_000 };
/// Eight boards of 100,000 members, scores as milliseconds since 1970 are: 13 digits.
const ZSETS: Data = Data { recipe: "ZADD zst:{n%8} 17{s:11} mem:{n/8} -> :", sendings: 800_000 };
/// A thousand queues or feeds of a thousand items.
const LISTS: Data = Data { recipe: "RPUSH lst:{n%1000} itm:{n/1000} -> :", sendings: 1_000_000 };
/// Two hundred of 1,000 members; one of the first and one of the second hundred have 500 in common.
const TAGS: Data = Data {
    recipe: "SADD one:{n%100} mem:{n/100} -> : ; SADD two:{n%100} mem:{n/100+500} -> :",
    sendings: 100_000,
};

const HASH_OF_10: &str = "HSET hsh:{n} field0 {#16} field1 {#16} field2 {#16} field3 {#16} \
    field4 {#16} field5 {#16} field6 {#16} field7 {#16} field8 {#16} field9 {#16} -> :";

const DEPTH: usize = 16;

/// Of one element.
const fn fast(name: &'static str, recipe: &'static str, data: Data) -> Scenario {
    row(name, recipe, DEPTH, Some(data), 0.60)
}

/// Of many elements, or by rank.
const fn many(name: &'static str, recipe: &'static str, data: Data) -> Scenario {
    row(name, recipe, DEPTH, Some(data), 0.75)
}

/// Per core. What is asked of an element finds it there; what is inserted is taken out at once.
pub(crate) const TYPES: &[Scenario] = &[
    fast("LPUSH+LPOP@16", "LPUSH lst:{r%1000} {#16} -> : ; LPOP lst:{r%1000} -> $16", LISTS),
    fast("HSET@16", "HSET hsh:{r%100000} field{f%10:1} {#16} -> :", HASHES),
    fast("HGET@16", "HGET hsh:{r%100000} field{f%10:1} -> $16", HASHES),
    fast("HSET-1M@16", "HSET bighash fld:{f%1000000} {#16} -> :", HASH),
    fast("HGET-1M@16", "HGET bighash fld:{f%1000000} -> $16", HASH),
    fast("SADD@16", "SADD set:{r%8} mem:{m%100000} -> :", SETS),
    fast(
        "SADD+SREM@16",
        "SADD set:{r%8} new:{m%100000} -> : ; SREM set:{r%8} new:{m%100000} -> :",
        SETS,
    ),
    fast("SISMEMBER@16", "SISMEMBER set:{r%8} mem:{m%100000} -> :", SETS),
    fast("ZADD@16", "ZADD zst:{r%8} 17{s:11} mem:{m%100000} -> :", ZSETS),
    fast("ZSCORE@16", "ZSCORE zst:{r%8} mem:{m%100000} -> $13", ZSETS),
    many("ZRANK@16", "ZRANK zst:{r%8} mem:{m%100000} -> :", ZSETS),
    many("ZRANGE10@16", "ZRANGE zst:{r%8} {s%89990+10000:5} {s%89990+10009:5} -> *10 $16", ZSETS),
    many("ZRANGE-top10@16", "ZRANGE zst:{r%8} 0 9 -> *10 $16", ZSETS),
    many("LRANGE100@16", "LRANGE lst:{r%1000} {s%800+100:3} {s%800+199:3} -> *100 $16", LISTS),
    many("HGETALL10@16", "HGETALL hsh:{r%100000} -> *20 $6 $16", HASHES),
    many("SINTER@16", "SINTER one:{a%100} two:{b%100} -> *500 $16", TAGS),
];

/// Collections whose memory is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) recipe: &'static str,
    /// How often the recipe is sent, and how many elements it makes.
    pub(super) sendings: u64,
    pub(super) each: u64,
    /// Our bytes of an element over the best peer's.
    pub(super) target: Option<f64>,
}

const MILLION: u64 = 1_000_000;

/// From empty. Scores are random with 16 digits, so they differ, and their order is another than that
/// of insertion.
pub(super) const ELEMENTS: &[Elements] = &[
    Elements {
        name: "zset-1M",
        what: "one sorted set of 1 M",
        recipe: "ZADD bigzset 0.{s:16} mem:{n} -> :",
        sendings: MILLION,
        each: 1,
        target: Some(0.60),
    },
    Elements {
        name: "hash-1M",
        what: "one hash of 1 M fields, 16-byte values",
        recipe: "HSET bighash fld:{n} {#16} -> :",
        sendings: MILLION,
        each: 1,
        target: Some(0.85),
    },
    Elements {
        name: "set-1M",
        what: "one set of 1 M",
        recipe: "SADD bigset mem:{n} -> :",
        sendings: MILLION,
        each: 1,
        target: Some(0.85),
    },
    Elements {
        name: "hashes-of-10",
        what: "1 M hashes of 10 fields: 6-byte fields, 16-byte values",
        recipe: HASH_OF_10,
        sendings: MILLION,
        each: 10,
        target: Some(0.90),
    },
    Elements {
        name: "list-1M",
        what: "one list of 1 M",
        recipe: "RPUSH biglist itm:{n} -> :",
        sendings: MILLION,
        each: 1,
        target: Some(1.0),
    },
    Elements {
        name: "zsets-of-10",
        what: "500,000 sorted sets of 10",
        recipe: "ZADD zst:{n} 0.{a:16} mem:{a%1000000} 0.{b:16} mem:{b%1000000+1000000} \
            0.{c:16} mem:{c%1000000+2000000} 0.{d:16} mem:{d%1000000+3000000} \
            0.{e:16} mem:{e%1000000+4000000} 0.{f:16} mem:{f%1000000+5000000} \
            0.{g:16} mem:{g%1000000+6000000} 0.{h:16} mem:{h%1000000+7000000} \
            0.{i:16} mem:{i%1000000+8000000} 0.{j:16} mem:{j%1000000+9000000} -> :",
        sendings: MILLION / 2,
        each: 10,
        target: None,
    },
    Elements {
        name: "sets-of-10",
        what: "500,000 sets of 10",
        recipe: "SADD set:{n} mem:{a%1000000} mem:{b%1000000+1000000} mem:{c%1000000+2000000} \
            mem:{d%1000000+3000000} mem:{e%1000000+4000000} mem:{f%1000000+5000000} \
            mem:{g%1000000+6000000} mem:{h%1000000+7000000} mem:{i%1000000+8000000} \
            mem:{j%1000000+9000000} -> :",
        sendings: MILLION / 2,
        each: 10,
        target: None,
    },
];

#[cfg(test)]
mod tests {
    use kv_load::recipe::Recipe;

    use super::*;

    #[test]
    fn a_recipe_makes_the_elements_that_are_counted() {
        for row in ELEMENTS {
            let recipe: Recipe = row.recipe.parse().unwrap();
            let bytes = String::from_utf8(recipe.bytes().to_vec()).unwrap();
            let words: u64 = bytes[1..].split("\r\n").next().unwrap().parse().unwrap();
            let per_element = match recipe.commands()[0].as_str() {
                "ZADD" | "HSET" => 2,
                _ => 1,
            };
            assert_eq!(words, 2 + row.each * per_element, "{}", row.name);
        }
    }
}
