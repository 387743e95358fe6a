//! Identities. Each is a UUID of its own type, so that the compiler keeps a room from being
//! passed as a person. Nothing here makes ids: randomness and time belong to the callers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A place in a room's log: 1, 2, 3… without holes. 0 is "before the first event".
///
/// Given inside the transaction that commits the event. Stays below 2^53, so JSON numbers hold it.
pub type Seq = u64;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// A person, account or guest. UUIDv4: its first four letters name a guest.
    UserId
}
id! {
    /// A room. UUIDv7, made by the server.
    RoomId
}
id! {
    /// One intention of one person, made by the client as UUIDv7 before anything is sent.
    ///
    /// Unique per author for ever: sending it again gets the first answer, never a second event.
    OpId
}
id! {
    /// The identity of a database's history. Changes only when history may have been rewound.
    Epoch
}
