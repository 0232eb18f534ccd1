//! How the hub's values are written as JSON, and read again by whoever watches a hub: times and
//! durations in milliseconds, and what a newer hub tells that this version does not know left out.

use serde::{Deserialize, Deserializer, de::IgnoredAny};

/// A value, or something of a newer version.
#[derive(Deserialize)]
#[serde(untagged)]
enum Maybe<T> {
    Known(T),
    Unknown(IgnoredAny),
}

impl<T> Maybe<T> {
    fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }
}

/// Reads a list without the elements this version does not know.
pub(super) fn known<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    d: D,
) -> Result<Vec<T>, D::Error> {
    let list = Vec::<Maybe<T>>::deserialize(d)?;
    Ok(list.into_iter().filter_map(Maybe::known).collect())
}

/// Reads a value; one this version does not know is none.
pub(super) fn maybe<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    d: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Maybe<T>>::deserialize(d)?.and_then(Maybe::known))
}

/// A duration in whole milliseconds.
pub(super) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::hub) fn serialize<S: Serializer>(it: &Duration, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u64(u64::try_from(it.as_millis()).unwrap_or(u64::MAX))
    }

    pub(in crate::hub) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(d).map(Duration::from_millis)
    }
}

/// The same where there may be none. Needs `default` beside it, to be read where it is missing.
pub(super) mod optional_millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::hub) fn serialize<S: Serializer>(
        it: &Option<Duration>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        match it {
            Some(duration) => super::millis::serialize(duration, s),
            None => s.serialize_none(),
        }
    }

    pub(in crate::hub) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(d)?.map(Duration::from_millis))
    }
}
