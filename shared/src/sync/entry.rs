//! One event of a log as a client holds it: with what has happened to it since.
//!
//! A message is edited, deleted and reacted to by later events of the same log. An [`Entry`] is
//! the fold of those up to the seq that it knows of, whether they came one by one or as a view in
//! a page; later ones move it on, and what it knows already changes nothing.

use crate::protocol::{Event, Person, REACTION_PEOPLE_MAX, Reaction, Seq, UserId, View, What};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub event: Event,
    /// Everything in the log up to here is folded in.
    as_of: Seq,
    /// How the message reads since it was edited.
    edited: Option<String>,
    reactions: Vec<Reaction>,
}

impl Entry {
    /// An event as it happened.
    pub fn new(event: Event) -> Self {
        Self { as_of: event.seq, event, edited: None, reactions: Vec::new() }
    }

    /// An event as it was at `as_of`: with that view, or unchanged.
    pub fn viewed(event: Event, view: Option<View>, as_of: Seq) -> Self {
        let (edited, reactions) =
            view.map_or((None, Vec::new()), |view| (view.text, view.reactions));
        Self { as_of: as_of.max(event.seq), event, edited, reactions }
    }

    /// How the message reads now; nothing once it is deleted. `None` for what is no message.
    pub fn text(&self) -> Option<&str> {
        let What::Posted { text } = &self.event.what else { return None };
        Some(self.edited.as_deref().unwrap_or(text))
    }

    pub fn is_edited(&self) -> bool {
        self.edited.is_some()
    }

    pub fn reactions(&self) -> &[Reaction] {
        &self.reactions
    }

    pub fn as_of(&self) -> Seq {
        self.as_of
    }

    /// How the message differs from its post, if it does.
    pub fn view(&self) -> Option<View> {
        let changed = self.edited.is_some() || !self.reactions.is_empty();
        let (text, reactions) = (self.edited.clone(), self.reactions.clone());
        changed.then_some(View { seq: self.event.seq, text, reactions })
    }

    /// Folds in a later event about this message. `me` is who looks at it.
    pub fn apply(&mut self, event: &Event, me: Option<UserId>) {
        if event.seq <= self.as_of || event.room != self.event.room {
            return;
        }
        let What::Posted { text } = &mut self.event.what else { return };
        self.as_of = event.seq;
        match &event.what {
            What::Deleted { .. } | What::Purged { .. } => {
                text.clear();
                self.edited = None;
                self.reactions.clear();
            }
            // Of what is deleted nothing comes back: its edits and reactions are replayed empty.
            _ if text.is_empty() => {}
            What::Edited { text, .. } => self.edited = Some(text.clone()),
            What::Reacted { emoji, on, .. } => {
                react(&mut self.reactions, emoji, *on, &event.by, me == Some(event.by.id));
            }
            _ => {}
        }
    }
}

impl Entry {
    /// If this is an edit of a message that is gone, what it said is gone as well.
    pub(super) fn forget_edit(&mut self, gone: impl Fn(Seq, UserId) -> bool) {
        if let What::Edited { target, text } = &mut self.event.what
            && gone(*target, self.event.by.id)
        {
            text.clear();
        }
    }
}

/// Which message of the same room an event is about.
pub(super) fn target(event: &Event) -> Option<Seq> {
    match event.what {
        What::Edited { target, .. } | What::Deleted { target } | What::Reacted { target, .. } => {
            Some(target)
        }
        _ => None,
    }
}

/// Somebody puts an emoji under a message, or takes it away.
pub(super) fn react(reactions: &mut Vec<Reaction>, emoji: &str, on: bool, by: &Person, mine: bool) {
    let at = reactions.iter().position(|reaction| reaction.emoji == emoji);
    match (at, on) {
        (Some(at), true) => {
            let reaction = &mut reactions[at];
            reaction.count += 1;
            reaction.mine |= mine;
            if reaction.people.len() < REACTION_PEOPLE_MAX {
                reaction.people.push(by.clone());
            }
        }
        (None, true) => {
            let people = vec![by.clone()];
            reactions.push(Reaction { emoji: emoji.to_owned(), count: 1, mine, people });
        }
        (Some(at), false) => {
            let reaction = &mut reactions[at];
            reaction.count = reaction.count.saturating_sub(1);
            reaction.mine &= !mine;
            reaction.people.retain(|person| person.id != by.id);
            if reaction.count == 0 {
                reactions.remove(at);
            }
        }
        (None, false) => {}
    }
}
