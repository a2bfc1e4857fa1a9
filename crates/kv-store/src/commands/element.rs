//! Elements of collections in replies.

use kv_protocol::ReplyWriter;
use kv_types::listpack::Value;

/// Answers an element, a string as it is and an integer as its digits.
#[inline]
pub(crate) fn reply_element(element: Value<'_>, out: &mut ReplyWriter<'_>) {
    match element {
        Value::Bytes(bytes) => out.bulk(bytes),
        Value::Int(int) => out.bulk_int(int),
    }
}

/// Answers an element, or a null if there is none.
#[inline]
pub(crate) fn reply_found(element: Option<Value<'_>>, out: &mut ReplyWriter<'_>) {
    match element {
        Some(element) => reply_element(element, out),
        None => out.null(),
    }
}
