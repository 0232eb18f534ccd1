//! Reading EEBUS JSON by its structure.
//!
//! An object is an array of single-key objects, in order, and some peers write it as a plain
//! object: both read alike here. What `[]` means is decided by the type that is asked for.
//!
//! A message is scanned once: [`document`] notes where the value of each field stands, and only
//! values somebody asks for are looked into. The scan of a value does not recurse, so nesting
//! costs nothing but time.

mod forms;

use std::{borrow::Cow, time::Duration};

use serde::Deserializer;
use serde_json::{error::Category, value::RawValue};

use super::{DecodeError, names::Named};
use forms::{Outermost, Text};

/// What the outermost object of a message holds.
pub(super) enum Document<'a, T> {
    /// The element of a known name.
    Known(T, Fields<'a>),
    /// None of a known name; the first that is there.
    Other(Cow<'a, str>, Json<'a>),
}

/// How exactly numbers, truth values and texts have to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scalars {
    /// As the specification says.
    #[default]
    Strict,
    /// A text may hold a number or a truth value, and a number stand for a text.
    Lenient,
}

/// Reads the outermost object, in which an element of one of the `known` names is looked for.
pub(super) fn document<'a, T: Copy>(
    text: &'a str,
    known: &[(&'static str, T)],
    scalars: Scalars,
) -> Result<Document<'a, T>, DecodeError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let found = deserializer.deserialize_map(Outermost(known)).map_err(json_error)?;
    deserializer.end().map_err(json_error)?;
    let found = found.map(|found| match found {
        Document::Known(what, fields) => Document::Known(what, Fields { scalars, ..fields }),
        Document::Other(name, json) => Document::Other(name, Json { scalars, ..json }),
    });
    found.ok_or_else(|| DecodeError::Json("an empty object is no message".to_owned()))
}

/// The fields of one object, in the order of the text.
#[derive(Default)]
pub(super) struct Fields<'a> {
    list: Vec<(Cow<'a, str>, &'a RawValue)>,
    plain: bool,
    scalars: Scalars,
}

impl<'a> Fields<'a> {
    /// Whether this object, or one of those read out of it, was not in the EEBUS form.
    pub(super) fn plain(&self) -> bool {
        self.plain
    }

    /// The text of the field's value as it stands there, `null` included.
    ///
    /// Fields are asked for by the full name an error would give, `connectionHello.phase`; the
    /// part behind the last dot is the key.
    pub(super) fn raw(&self, element: &'static str) -> Option<&'a str> {
        let key = element.rsplit('.').next().unwrap_or(element);
        self.list.iter().rfind(|(name, _)| name == key).map(|(_, raw)| raw.get())
    }

    /// The field, if it is there and not `null`.
    pub(super) fn get(&self, element: &'static str) -> Option<Json<'a>> {
        self.raw(element).filter(|raw| *raw != "null").map(|raw| Json {
            raw,
            element,
            scalars: self.scalars,
        })
    }

    /// The field, which must be there.
    pub(super) fn need(&self, element: &'static str) -> Result<Json<'a>, DecodeError> {
        self.get(element).ok_or_else(|| malformed(element, "it is missing"))
    }

    /// The fields of the object in this field; none when it is missing.
    pub(super) fn object(&mut self, element: &'static str) -> Result<Fields<'a>, DecodeError> {
        let fields = self.get(element).map_or_else(|| Ok(Self::default()), Json::fields)?;
        self.plain |= fields.plain;
        Ok(fields)
    }
}

/// One value that is not looked into yet: well-formed JSON, with the name an error gives it.
#[derive(Clone, Copy)]
pub(super) struct Json<'a> {
    raw: &'a str,
    element: &'static str,
    scalars: Scalars,
}

impl<'a> Json<'a> {
    /// The same value, read leniently.
    pub(super) fn lenient(self) -> Self {
        Self { scalars: Scalars::Lenient, ..self }
    }

    /// The number or truth value, taken out of the text it may be written as.
    fn scalar(self) -> &'a str {
        let inner = || self.raw.strip_prefix('"')?.strip_suffix('"');
        match self.scalars {
            Scalars::Lenient => inner().map_or(self.raw, str::trim),
            Scalars::Strict => self.raw,
        }
    }

    /// The same value under the name of another element.
    pub(super) fn named(self, element: &'static str) -> Self {
        Self { element, ..self }
    }

    pub(super) fn is_text(self) -> bool {
        self.raw.starts_with('"')
    }

    /// Whether it is an empty list or an empty object: which of them it is meant to be is not told.
    pub(super) fn is_empty(self) -> bool {
        self.fields().is_ok_and(|fields| fields.list.is_empty())
    }

    pub(super) fn text(self) -> Result<Cow<'a, str>, DecodeError> {
        if self.scalars == Scalars::Lenient && self.raw.starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(Cow::Borrowed(self.raw));
        }
        if !self.is_text() {
            return Err(self.expected("a text"));
        }
        // Only half of a surrogate pair can be wrong here.
        text(self.raw).ok_or_else(|| malformed(self.element, "it holds an illegal \\u escape"))
    }

    /// A whole number, however it is written (`60000`, `60000.0`, `6e4`).
    pub(super) fn number<T: TryFrom<u64>>(self) -> Result<T, DecodeError> {
        let scalar = self.scalar();
        if !scalar.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return Err(self.expected("a number"));
        }
        let value = scalar.parse().ok().or_else(|| whole(scalar));
        value.and_then(|value| T::try_from(value).ok()).ok_or_else(|| {
            malformed(self.element, format!("{} is no number it can have", excerpt(self.raw)))
        })
    }

    /// A time in milliseconds; more than 32 bits of them, 49 days, is as good as that.
    pub(super) fn millis(self) -> Result<Duration, DecodeError> {
        self.number().map(|millis: u64| Duration::from_millis(millis.min(u32::MAX.into())))
    }

    pub(super) fn flag(self) -> Result<bool, DecodeError> {
        match self.scalar() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.expected("true or false")),
        }
    }

    /// One of the words of an enumeration.
    pub(super) fn word<T: Named>(self) -> Result<T, DecodeError> {
        let text = self.text()?;
        T::ALL.iter().copied().find(|value| value.name() == text).ok_or_else(|| {
            let words: Vec<_> = T::ALL.iter().map(|value| value.name()).collect();
            let problem = format!("expected {}, found {}", words.join(" or "), excerpt(&text));
            malformed(self.element, problem)
        })
    }

    /// The members of a list; a value that is none is a list of itself.
    pub(super) fn items(self) -> Result<Vec<Self>, DecodeError> {
        if !self.raw.starts_with('[') {
            return Ok(vec![self]);
        }
        let items: Vec<&RawValue> = serde_json::from_str(self.raw).map_err(json_error)?;
        Ok(items.into_iter().map(|item| Self { raw: item.get(), ..self }).collect())
    }

    /// The fields of an object in either form.
    pub(super) fn fields(self) -> Result<Fields<'a>, DecodeError> {
        let fields = serde_json::from_str(self.raw).map_err(|_| self.expected("an object"))?;
        Ok(Fields { scalars: self.scalars, ..fields })
    }

    /// Names what was found by its type only: the value may be a secret.
    fn expected(self, what: &str) -> DecodeError {
        let found = match self.raw.as_bytes().first() {
            Some(b'"') => "a text",
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b't' | b'f') => "true or false",
            Some(b'n') => "null",
            _ => "a number",
        };
        malformed(self.element, format!("expected {what}, found {found}"))
    }
}

/// The text a JSON string stands for; `None` for half of a surrogate pair.
pub(super) fn text(raw: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str(raw).ok().map(|Text(text)| text)
}

pub(super) fn malformed(element: &'static str, problem: impl Into<String>) -> DecodeError {
    DecodeError::Malformed { element, problem: problem.into() }
}

/// The beginning of what a peer wrote, safe to print.
pub(super) fn excerpt(text: &str) -> String {
    const MOST: usize = 40;
    let beginning: String = text.chars().take(MOST).collect();
    let more = if beginning.len() < text.len() { "…" } else { "" };
    format!("{beginning:?}{more}")
}

/// What went wrong, without the values: serde tells them with a type it did not expect.
pub(super) fn json_error(error: serde_json::Error) -> DecodeError {
    DecodeError::Json(match error.classify() {
        Category::Data => {
            format!("an object was expected at line {} column {}", error.line(), error.column())
        }
        Category::Io | Category::Syntax | Category::Eof => error.to_string(),
    })
}

/// A whole number in decimal or exponent notation, as far as it is exact.
fn whole(raw: &str) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let value: f64 = raw.parse().ok()?;
    ((0.0..=EXACT).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields<'_> {
        serde_json::from_str(text).unwrap()
    }

    fn number(raw: &str) -> Result<u32, DecodeError> {
        Json { raw, element: "n", scalars: Scalars::Strict }.number()
    }

    #[test]
    fn both_forms_of_an_object_read_alike_and_the_plain_one_is_noted() {
        for (text, plain) in [
            (r#"[{"a":1},{"b":[2]}]"#, false),
            (r#" [ { "b" : [2] } , { "x":{} }, {"a":1} ] "#, false),
            (r#"{"a":1,"b":[2]}"#, true),
            (r#"[{"a":1,"b":[2]}]"#, true),
            (r#"[{},{"\u0061":1},{"b":[2]}]"#, true),
        ] {
            let fields = fields(text);
            assert_eq!((fields.raw("x.a"), fields.raw("b")), (Some("1"), Some("[2]")), "{text}");
            assert_eq!(fields.plain(), plain, "{text}");
        }
    }

    #[test]
    fn of_a_repeated_field_the_last_counts_and_null_counts_as_absent() {
        let fields = fields(r#"[{"a":1},{"a":2},{"b":null}]"#);
        assert_eq!(fields.raw("a"), Some("2"));
        assert_eq!(fields.raw("b"), Some("null"));
        assert!(fields.get("b").is_none());
    }

    #[test]
    fn an_empty_array_is_what_is_asked_for() {
        let json = Json { raw: "[]", element: "e", scalars: Scalars::Strict };
        assert!(json.fields().unwrap().list.is_empty());
        assert!(json.items().unwrap().is_empty());
    }

    #[test]
    fn a_whole_number_counts_however_it_is_written() {
        for raw in ["60000", "60000.0", "6e4", "6.0E+4", "600000e-1"] {
            assert_eq!(number(raw), Ok(60_000), "{raw}");
        }
        assert_eq!(number("-0"), Ok(0));
        for raw in ["-1", "0.5", "4294967296", "1e400", &"9".repeat(1000)] {
            let error = number(raw).unwrap_err().to_string();
            assert!(error.len() < 100, "{error}");
        }
        assert_eq!(number("\"1\""), Err(malformed("n", "expected a number, found a text")));
    }

    #[test]
    fn the_first_element_of_a_known_name_is_the_message() {
        let known = |text| match document(text, &[("a", 1), ("b", 2)], Scalars::Strict) {
            Ok(Document::Known(which, _)) => Ok(which),
            Ok(Document::Other(name, _)) => Err(name.into_owned()),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(known(r#"{"x":1e999,"b":[],"a":5}"#), Ok(2));
        assert_eq!(known(r#"{"x":[{"a":[]}],"y":[]}"#), Err("x".to_owned()));
        assert_eq!(known("{}"), Err("an empty object is no message".to_owned()));
        for wrong in [r#"[{"a":[]}]"#, r#""a""#, r#"{"a":"secret"}"#, r#"{"a":["secret"]}"#] {
            let error = known(wrong).unwrap_err();
            assert!(error.starts_with("an object was expected at line 1 column"), "{error}");
        }
    }
}
