//! What `BY` and `GET` name: the element itself, or other keys by a pattern.

use kv_types::Kind;
use kv_types::hash::HashRef;
use kv_types::listpack::Value;

use crate::Ctx;
use crate::ctx::text_of;

/// A pattern, in which the first star stands for the element.
pub(super) enum Pattern<'a> {
    /// `#`: the element itself.
    Element,
    /// It has no star, and names nothing.
    Nothing,
    /// A key, and a field if the value there is a hash's.
    Key { before: &'a [u8], behind: &'a [u8], field: Option<&'a [u8]> },
}

impl<'a> Pattern<'a> {
    pub(super) fn new(text: &'a [u8]) -> Pattern<'a> {
        if text == b"#" {
            return Pattern::Element;
        }
        let Some(star) = text.iter().position(|&byte| byte == b'*') else {
            return Pattern::Nothing;
        };
        let (before, behind) = (&text[..star], &text[star + 1..]);
        let arrow = behind.windows(2).position(|two| two == b"->");
        match arrow.filter(|arrow| arrow + 2 < behind.len()) {
            Some(arrow) => {
                let field = Some(&behind[arrow + 2..]);
                Pattern::Key { before, behind: &behind[..arrow], field }
            }
            None => Pattern::Key { before, behind, field: None },
        }
    }

    /// Whether it leads to other keys.
    pub(super) fn names_keys(&self) -> bool {
        matches!(self, Pattern::Key { .. })
    }

    /// The string that it names for `element`, if there is one.
    pub(super) fn find<'c>(&self, ctx: &'c Ctx<'_>, element: &[u8]) -> Option<Value<'c>> {
        let Pattern::Key { before, behind, field } = self else { return None };
        let name = [before, element, behind].concat();
        let key = ctx.view.key_in(ctx.db(), &name).ok()?;
        let record = ctx.peek(key)?;
        match field {
            Some(_) if record.kind() != Kind::Hash => None,
            Some(field) => HashRef::new(record, ctx.now())?.get(field),
            None => text_of(record).ok().map(Value::Bytes),
        }
    }
}
