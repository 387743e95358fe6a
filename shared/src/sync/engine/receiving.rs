//! What happens on the wire: from the hello to the end of a connection, and every frame between.

use super::{Found, Link, Refusal, Sync};
use crate::protocol::{
    Anchor, CURSORS_MAX, Code, Command, Cursor, Event, Frame, OpId, Page, Person, Room, RoomId,
    RoomKind, RoomName, Rules, Seq, UserId, Welcome, What,
};
use crate::sync::{RoomState, outbox};

impl Sync {
    /// A socket is open: what to say first.
    pub fn connected(&mut self) -> Command {
        self.disconnected();
        self.link = Link::Greeting;
        let held = self.rooms.values().filter(|state| state.timeline.loaded());
        let cursor = |state: &RoomState| Cursor { room: state.room.id, seq: state.cursor };
        Command::Hello { epoch: self.epoch, cursors: held.map(cursor).take(CURSORS_MAX).collect() }
    }

    /// The socket is gone. What was under way goes out again on the next one.
    pub fn disconnected(&mut self) {
        self.link = Link::Down;
        self.asks.clear();
        self.seeking = false;
        self.outbox.disconnected();
        for state in self.rooms.values_mut() {
            state.resuming = false;
            state.timeline.disconnected();
        }
    }

    /// How long to wait before connecting again, besides the backoff; 0 once it was taken.
    pub fn take_goaway_ms(&mut self) -> u64 {
        std::mem::take(&mut self.goaway_ms)
    }

    /// The commands that may go out now, in order.
    pub fn due(&mut self, now_ms: i64) -> Vec<Command> {
        if self.link != Link::Up {
            return Vec::new();
        }
        let mut due: Vec<Command> = self.asks.drain(..).collect();
        due.extend(self.outbox.due(now_ms));
        due
    }

    pub fn receive(&mut self, frame: Frame, now_ms: i64) {
        match frame {
            Frame::Welcome(welcome) => self.greeted(welcome),
            Frame::Event(event) => self.event(event),
            Frame::Live { room, .. } => {
                if let Some(state) = self.rooms.get_mut(&room) {
                    state.resuming = false;
                }
            }
            Frame::Gap { room, head } => self.skip_to(room, head),
            Frame::Reset { room, head } => {
                if let Some(state) = self.rooms.get_mut(&room) {
                    state.timeline.clear();
                    state.gap_after = None;
                }
                self.skip_to(room, head);
            }
            Frame::Page(page) => self.paged(page),
            Frame::Accepted { op, room, seq } => self.accepted(op, room, seq),
            Frame::Refused { op, code, .. } => self.refused(op, code),
            Frame::RetryAfter { op, after_ms, code } => {
                self.outbox.wait(op, now_ms.saturating_add_unsigned(after_ms), code);
            }
            Frame::Here { room, count, mut people } => {
                self.name_anew(&mut people);
                if let Some(state) = self.rooms.get_mut(&room) {
                    state.count = Some(count);
                    state.here = people;
                }
            }
            Frame::Members { room, text, count, mut people } => {
                self.name_anew(&mut people);
                self.seeking = false;
                let answers = |sought: &(RoomId, String)| sought.0 == room && sought.1 == text;
                self.sought = self.sought.take().filter(|sought| !answers(sought));
                self.found = Some(Found { room, text, count, people });
                self.seek();
            }
            Frame::Presence { room, count, came, went } => {
                self.presence(room, count, came, went, now_ms);
            }
            Frame::Typing { room, person } => {
                let me = self.me.as_ref().map(|me| me.id);
                if let Some(state) = self.rooms.get_mut(&room)
                    && me != Some(person.id)
                {
                    state.typing(person, now_ms);
                }
            }
            Frame::Read { room, seq } => {
                if let Some(state) = self.rooms.get_mut(&room) {
                    state.read(seq);
                }
            }
            Frame::Ping { heads } => self.pinged(&heads),
            Frame::Goaway { after_ms } => self.goaway_ms = after_ms,
        }
    }

    /// Takes over what a welcome says; what is held of the rooms stays.
    pub(in crate::sync) fn welcome(&mut self, welcome: Welcome) {
        // To somebody else the same messages look otherwise: which reactions are theirs.
        let somebody_else = self.me.as_ref().is_some_and(|me| me.id != welcome.you.id);
        if self.epoch != Some(welcome.epoch) || somebody_else {
            self.void.extend(self.rooms.values().map(|state| state.room.id));
            self.rooms.clear();
            self.found = None;
            self.epoch = Some(welcome.epoch);
        }
        self.names.insert(welcome.you.id, welcome.you.name.clone());
        self.me = Some(welcome.you);
        self.role = welcome.role;
        self.policy = welcome.policy;
        self.workspace = welcome.workspace;
        let mut before = std::mem::take(&mut self.rooms);
        for room in welcome.rooms {
            let state = match before.remove(&room.id) {
                Some(held) => held.welcomed(room),
                None => RoomState::new(room),
            };
            self.rooms.insert(state.room.id, state);
        }
        self.void.extend(before.values().map(|state| state.room.id));
        self.adopt();
    }

    fn greeted(&mut self, welcome: Welcome) {
        self.welcome(welcome);
        self.link = Link::Up;
        self.seek();
        if self.rooms.values().any(|state| state.room.kind == RoomKind::Direct) {
            self.look_around();
        }
        let Some(state) = self.current() else { return };
        let room = state.room.id;
        let (loaded, member) = (state.timeline.loaded(), state.room.member);
        // A page that was under way when the connection broke is missing.
        let torn = state.timeline.follows() && state.timeline.last() < state.cursor;
        self.asks.push_back(Command::Who { room });
        if !loaded || torn {
            self.page(room, Anchor::Newest);
        }
        self.refresh(room);
        // Also if the hello has said so: the server gives up rooms that were only looked at.
        if !member {
            self.follow(room);
        }
    }

    fn event(&mut self, event: Event) {
        let Some(me) = self.me.as_ref().map(|me| me.id) else {
            return;
        };
        if !self.rooms.contains_key(&event.room)
            && let Some(room) = met(&event, me)
        {
            if room.kind == RoomKind::Direct {
                self.look_around();
            }
            self.rooms.insert(event.room, RoomState::new(room));
        }
        let Some(state) = self.rooms.get_mut(&event.room) else {
            return;
        };
        if event.seq > state.cursor + 1 && event.seq > 1 {
            self.follow(event.room);
            return;
        }
        if let Some(op) = event.op.filter(|_| event.by.id == me)
            && let Some(settled) = self.outbox.remove(op)
            && opens(&settled.command)
        {
            self.opened = Some(event.room);
        }
        if !state.receive(&event, me) {
            return;
        }
        if self.current != Some(event.room) {
            state.timeline.trim_old();
        }
        match event.what {
            What::Renamed { .. } => self.renamed(event.by),
            What::Listed { listed, name, topic } => {
                let room = open_room(listed, &name, &topic);
                if !self.rooms.contains_key(&listed) {
                    self.rooms.insert(listed, RoomState::new(room));
                }
            }
            What::Unlisted { unlisted, .. } => {
                self.rooms.remove(&unlisted);
                self.void.push(unlisted);
            }
            ref what => {
                let moved = what.moves(&event.by).filter(|(person, _)| person.id == me);
                if moved.is_some_and(|(_, entered)| !entered) {
                    self.out_of(event.room);
                }
            }
        }
    }

    /// This person is not in the room any more. An open one is read on if it is on screen; any other
    /// is gone from here, with what was kept of it.
    fn out_of(&mut self, room: RoomId) {
        let kind = self.rooms.get(&room).map(|state| state.room.kind);
        if kind.is_some_and(|kind| kind.is_open()) {
            if self.current == Some(room) {
                self.follow(room);
            }
        } else {
            self.rooms.remove(&room);
            self.void.push(room);
        }
    }

    /// Who is here is told beside the log, and may be told under a name from before.
    fn name_anew(&self, people: &mut [Person]) {
        for person in people {
            person.name = self.name(person).to_owned();
        }
    }

    fn renamed(&mut self, person: Person) {
        for state in self.rooms.values_mut() {
            state.renamed(&person);
        }
        self.names.insert(person.id, person.name.clone());
        if let Some(me) = self.me.as_mut().filter(|me| me.id == person.id) {
            me.name = person.name;
        }
    }

    /// The cursor jumped to the head: what is on screen is not connected to it any more. A reader
    /// of the past was not before, and stays.
    fn skip_to(&mut self, room: RoomId, head: Seq) {
        let Some(state) = self.rooms.get_mut(&room) else {
            return;
        };
        state.resuming = false;
        let stays = state.timeline.loaded() && !state.timeline.follows();
        if stays {
            state.timeline.outdated();
        } else {
            let held = state.timeline.loaded().then_some(state.cursor);
            state.gap_after = state.gap_after.or(held);
            state.timeline.clear();
        }
        state.cursor = head;
        state.room.head = head;
        // Something of what is kept may have been deleted meanwhile.
        self.void.push(room);
        self.outbox.skipped(room);
        if self.current != Some(room) {
            return;
        }
        if stays {
            self.refresh(room);
        } else {
            self.page(room, Anchor::Newest);
        }
    }

    fn paged(&mut self, page: Page) {
        let (room, head) = (page.room, page.head);
        let me = self.me.as_ref().map(|me| me.id);
        for event in &page.events {
            // A post whose answer was lost may be found in a page instead.
            if let Some(op) = event.op.filter(|_| Some(event.by.id) == me) {
                self.outbox.remove(op);
            }
            // A page has today's names, except where one was given; a gap may have hidden that.
            if page.anchor == Anchor::Newest
                && !matches!(event.what, What::Renamed { .. })
                && let Some(name) = self.names.get_mut(&event.by.id)
            {
                name.clone_from(&event.by.name);
            }
        }
        let Some(state) = self.rooms.get_mut(&room) else {
            return;
        };
        state.room.head = state.room.head.max(head);
        let reaches_head = page.events.last().is_none_or(|event| event.seq >= head);
        state.timeline.page(page, me);
        state.changed = true;
        // A page that was asked for before the gap may come while nothing is held.
        let closed = state.timeline.last() > 0 && state.gap().is_none();
        state.gap_after = state.gap_after.filter(|_| !closed);
        // Events that came while the page was being read are behind it in the log.
        self.refresh(room);
        let Some(state) = self.rooms.get(&room) else { return };
        if reaches_head && let Some(anchor) = state.timeline.newer(state.room.head) {
            self.page(room, anchor);
        }
    }

    fn accepted(&mut self, op: OpId, room: RoomId, seq: Seq) {
        let state = self.rooms.get_mut(&room);
        match self.outbox.accepted(op) {
            Some(command) if opens(&command) => self.opened = Some(room),
            Some(Command::Report { .. }) => self.reported = true,
            // Of what is behind the cursor the log has told: somebody may have been put out since.
            Some(Command::Join { .. }) => {
                if let Some(state) = state.filter(|state| seq > state.cursor) {
                    state.room.member = true;
                }
            }
            // An event that is already behind the cursor will not come again to settle the row.
            Some(command)
                if outbox::shows(&command) && state.is_none_or(|state| seq <= state.cursor) =>
            {
                self.outbox.remove(op);
            }
            _ => {}
        }
    }

    /// A refusal without an op is about a frame that made no sense, or something asked that this person
    /// may not know: nothing they could mend.
    fn refused(&mut self, op: Option<OpId>, code: Code) {
        if op.is_none() {
            (self.seeking, self.sought) = (false, None);
        }
        if let Some(command) = op.and_then(|op| self.outbox.refused(op, code)) {
            self.refusals.push_back(Refusal { command, code });
        }
    }

    fn presence(
        &mut self,
        room: RoomId,
        count: usize,
        mut came: Vec<Person>,
        went: Vec<Person>,
        now_ms: i64,
    ) {
        self.name_anew(&mut came);
        let me = self.me.as_ref().map(|me| me.id);
        let Some(state) = self.rooms.get_mut(&room) else {
            return;
        };
        state.presence(count, &came, &went);
        let others = |people: Vec<Person>| -> Vec<Person> {
            people.into_iter().filter(|person| Some(person.id) != me).collect()
        };
        let (came, went) = (others(came), others(went));
        // In other rooms the log itself says who joined and left.
        let noted = state.room.kind == RoomKind::Lobby && state.timeline.at_head(state.room.head);
        if noted && !(came.is_empty() && went.is_empty()) {
            state.timeline.note(came, went, now_ms);
        }
    }

    /// The heads of a ping: anything missing is asked for.
    fn pinged(&mut self, heads: &[Cursor]) {
        self.asks.push_back(Command::Pong);
        for head in heads {
            if self.rooms.get(&head.room).is_some_and(|state| state.cursor < head.seq) {
                self.follow(head.room);
            }
        }
    }
}

/// Whether somebody wants to see the room that comes of it.
fn opens(command: &Command) -> bool {
    matches!(command, Command::CreateRoom { .. } | Command::OpenDirect { .. })
}

fn open_room(id: RoomId, name: &RoomName, topic: &str) -> Room {
    Room {
        id,
        kind: RoomKind::Open,
        name: name.clone(),
        topic: topic.to_owned(),
        head: 0,
        member: false,
        read: 0,
        unread: 0,
        made: false,
        rules: Rules::default(),
        people: Vec::new(),
    }
}

/// A room that this person gets to know by the event that lets them in. What was there before has
/// been read.
fn met(event: &Event, me: UserId) -> Option<Room> {
    let (name, topic, kind, people) = match &event.what {
        What::Created { name, topic, kind, people } => (name, topic, kind, people),
        What::Added { person, name, topic, kind, people } if person.id == me => {
            (name, topic, kind, people)
        }
        _ => return None,
    };
    let mine = event.by.id == me;
    let before = event.seq - 1;
    Some(Room {
        kind: *kind,
        head: before,
        read: before,
        made: mine && event.seq == 1,
        people: people.clone(),
        ..open_room(event.room, name, topic)
    })
}
