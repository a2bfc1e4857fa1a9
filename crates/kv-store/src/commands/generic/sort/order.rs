//! The order of elements.

use std::cmp::Ordering;

use kv_types::listpack::{Digits, Value};

use super::pattern::Pattern;
use crate::{Ctx, Error, float};

/// What elements are compared by: a pattern's strings, or their own.
pub(super) enum Order<'p> {
    /// As numbers.
    Number(Option<&'p Pattern<'p>>),
    /// Byte by byte.
    Text(Option<&'p Pattern<'p>>),
}

/// The elements in this order. Elements that are alike, as numbers, are in the order of their bytes.
///
/// # Errors
/// If one is to be compared by what is no number.
pub(super) fn sorted<'c>(
    ctx: &'c Ctx<'_>,
    elements: Vec<Value<'c>>,
    order: Order<'_>,
    descending: bool,
) -> Result<Vec<Value<'c>>, Error> {
    let mut digits = Digits::new();
    match order {
        Order::Number(by) => {
            let weight = |element: Value<'c>| {
                let own = element.text(&mut digits);
                Ok((weight(by.map_or(Some(element), |by| by.find(ctx, own)))?, element.to_vec()))
            };
            let weights =
                elements.iter().copied().map(weight).collect::<Result<Vec<_>, Error>>()?;
            Ok(by_weights(elements, weights, descending, |(a, one), (b, other)| {
                a.total_cmp(b).then_with(|| one.cmp(other))
            }))
        }
        Order::Text(by) => {
            let text = |element: Value<'c>| {
                let own = element.text(&mut digits);
                by.map_or(Some(element), |by| by.find(ctx, own)).map(Value::to_vec)
            };
            let texts = elements.iter().copied().map(text).collect();
            // What is missing comes first.
            Ok(by_weights(elements, texts, descending, Option::cmp))
        }
    }
}

fn by_weights<'c, W>(
    elements: Vec<Value<'c>>,
    weights: Vec<W>,
    descending: bool,
    compare: impl Fn(&W, &W) -> Ordering,
) -> Vec<Value<'c>> {
    let mut pairs: Vec<(W, Value<'c>)> = weights.into_iter().zip(elements).collect();
    pairs.sort_by(|(one, _), (other, _)| {
        let order = compare(one, other);
        if descending { order.reverse() } else { order }
    });
    pairs.into_iter().map(|(_, element)| element).collect()
}

/// A number to sort by: 0 for what is missing. As in Redis, nobody looks behind a zero byte.
fn weight(value: Option<Value<'_>>) -> Result<f64, Error> {
    match value {
        None => Ok(0.0),
        Some(Value::Int(int)) => Ok(int as f64),
        Some(Value::Bytes(bytes)) => {
            let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
            // Zeros of both signs are alike.
            float::parse(text)
                .map(|number| number + 0.0)
                .ok_or_else(|| Error::new("One or more scores can't be converted into double"))
        }
    }
}
