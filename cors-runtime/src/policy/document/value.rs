//! A document whose values have not been given a meaning yet, to report everything that is wrong with it at once.

use std::fmt;

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
};

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DocumentValue {
    Nothing,
    Flag(bool),
    Whole(u64),
    /// A number that is negative, a fraction or very great, as it is displayed.
    Number(String),
    Text(String),
    List(Vec<Self>),
    Table(DocumentTable),
}

/// Keys and their values, in the order of the document; a key may appear twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct DocumentTable(pub(super) Vec<(String, DocumentValue)>);

impl DocumentValue {
    /// What kind of value it is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Flag(true) => "`true`",
            Self::Flag(false) => "`false`",
            Self::Whole(_) | Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl DocumentTable {
    pub(super) fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Self(entries))
    }
}

impl<'de> Deserialize<'de> for DocumentValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = DocumentValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, `true` or `false`, a list or a table")
    }

    fn visit_unit<E>(self) -> Result<DocumentValue, E> {
        Ok(DocumentValue::Nothing)
    }

    fn visit_none<E>(self) -> Result<DocumentValue, E> {
        Ok(DocumentValue::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<DocumentValue, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<DocumentValue, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<DocumentValue, E> {
        Ok(DocumentValue::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<DocumentValue, E> {
        Ok(DocumentValue::Whole(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<DocumentValue, E> {
        Ok(u64::try_from(number)
            .map_or_else(|_| DocumentValue::Number(number.to_string()), DocumentValue::Whole))
    }

    fn visit_u128<E>(self, number: u128) -> Result<DocumentValue, E> {
        Ok(u64::try_from(number)
            .map_or_else(|_| DocumentValue::Number(number.to_string()), DocumentValue::Whole))
    }

    fn visit_i128<E>(self, number: i128) -> Result<DocumentValue, E> {
        Ok(u64::try_from(number)
            .map_or_else(|_| DocumentValue::Number(number.to_string()), DocumentValue::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<DocumentValue, E> {
        Ok(DocumentValue::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<DocumentValue, E> {
        Ok(DocumentValue::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<DocumentValue, E> {
        Ok(DocumentValue::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<DocumentValue, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(DocumentValue::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<DocumentValue, A::Error> {
        DocumentTable::read(map).map(DocumentValue::Table)
    }
}

impl Serialize for DocumentValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Whole(number) => serializer.serialize_u64(*number),
            Self::Number(text) | Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Table(table) => table.serialize(serializer),
        }
    }
}

impl Serialize for DocumentTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}
