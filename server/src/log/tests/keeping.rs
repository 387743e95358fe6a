//! What the writer keeps in memory is never believed longer than it is true.

use super::*;

/// A writer without its thread, on a store whose tables refuse what the test wants refused.
fn writer(dir: &TempDir, refusing: &str) -> writer::Writer {
    let store = store(dir);
    store.writer.execute_batch(refusing).unwrap();
    writer::Writer::new(store, Arc::new(Fanout::new(Vec::new())))
}

fn commit(writer: &mut writer::Writer, ops: &[(&Author, u128, Change)]) -> Vec<Answer> {
    let mut answers = Vec::new();
    let entry = |(by, number, change): &(&Author, u128, Change)| {
        let (answer, answered) = oneshot::channel();
        answers.push(answered);
        Entry {
            by: (*by).clone(),
            op: op(*number),
            change: change.clone(),
            asker: Asker::Waiting(answer),
        }
    };
    let batch = ops.iter().map(entry).collect();
    writer.commit(batch, Vec::new());
    answers.into_iter().map(|mut answered| answered.try_recv().unwrap()).collect()
}

fn seq(answer: &Answer) -> Seq {
    match answer {
        Answer::Accepted { seq, .. } => *seq,
        other => panic!("not accepted: {other:?}"),
    }
}

#[test]
fn one_op_that_the_database_cannot_take_costs_the_others_nothing_and_leaves_no_hole() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(
        &dir,
        "create temp trigger t before insert on events when new.body like '%poison%'
         begin select raise(abort, 'poison'); end",
    );
    let lobby = writer.store().lobby;
    let say = |text: &str| Change::Post { room: lobby, text: text.into() };
    for round in 0..3 {
        let at = round * 10;
        let (alice, bob) = (alice(), bob());
        let answers = commit(
            &mut writer,
            &[
                (&alice, at, say("one")),
                (&bob, at + 1, say("poison")),
                (&bob, at + 2, say("two")),
                (&alice, at + 3, say("three")),
            ],
        );
        let later = Answer::RetryAfter { after_ms: RETRY_AFTER_MS, why: Code::CannotSave };
        assert_eq!(answers[1], later);
        let seqs = [0, 2, 3].map(|accepted: usize| seq(&answers[accepted]));
        let before = round as Seq * 3;
        assert_eq!(seqs, [before + 1, before + 2, before + 3]);
    }
    let events = events::after(&writer.store().writer, lobby, 0, 100).unwrap();
    let seqs: Vec<Seq> = events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=9).collect::<Vec<_>>());
    assert_eq!(rooms::find(&writer.store().writer, lobby).unwrap().unwrap().head, 9);
}

#[test]
fn what_was_rolled_back_is_not_remembered_as_if_it_had_been() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(&dir, "");
    let lobby = writer.store().lobby;
    let say = |text: &str| Change::Post { room: lobby, text: text.into() };
    let garden =
        Change::CreateRoom { name: room_name("garden"), topic: String::new(), private: false };
    let (alice, bob) = (alice(), bob());
    let Answer::Accepted { room: garden, .. } = commit(&mut writer, &[(&alice, 1, garden)])[0]
    else {
        panic!("no garden");
    };
    assert_eq!(seq(&commit(&mut writer, &[(&bob, 2, say("hello"))])[0]), 2);
    let heads = |writer: &writer::Writer| {
        [lobby, garden].map(|room| rooms::find(&writer.store().writer, room).unwrap().unwrap().head)
    };
    let before = heads(&writer);

    // Each of them fails after its event was written: heads, names and members had moved on.
    let refuse = "create temp trigger no_members before insert on members
                  begin select raise(abort, 'no'); end;
                  create temp trigger no_commits before update on meta
                  begin select raise(abort, 'no'); end";
    writer.store().writer.execute_batch(refuse).unwrap();
    let refused = [
        (&bob, 3, Change::Join { room: garden }),
        (&bob, 4, name(&bob, "Robert")),
        (&bob, 5, say("lost")),
        (&alice, 6, Change::Leave { room: garden }),
        (&person(0xc0), 7, say("a newcomer's")),
    ];
    for op in refused {
        let answer = &commit(&mut writer, &[op])[0];
        assert!(matches!(answer, Answer::RetryAfter { .. }), "{answer:?}");
    }
    assert_eq!(heads(&writer), before);

    writer
        .store()
        .writer
        .execute_batch("drop trigger no_members; drop trigger no_commits")
        .unwrap();
    let compost = |text: &str| Change::Post { room: garden, text: text.into() };
    let answers = commit(
        &mut writer,
        &[
            (&bob, 8, compost("not in there")),
            (&alice, 9, compost("still here")),
            (&bob, 10, say("found")),
            (&bob, 5, say("lost")),
        ],
    );
    assert_eq!(answers[0], Answer::Refused(Code::NotMember));
    assert_eq!(seq(&answers[1]), before[1] + 1);
    let by = |name: &str| Person { id: bob.id, name: name.into() };
    let (room, by) = (lobby, by("User-b0b0"));
    assert_eq!(answers[2], Answer::Accepted { room, seq: before[0] + 1, by: by.clone() });
    assert_eq!(answers[3], Answer::Accepted { room, seq: before[0] + 2, by });
}

#[test]
fn what_somebodys_shell_has_changed_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(&dir, "");
    let lobby = writer.store().lobby;
    let say = |text: &str| Change::Post { room: lobby, text: text.into() };
    let called = |answer: &Answer| match answer {
        Answer::Accepted { by, .. } => by.name.clone(),
        other => panic!("not accepted: {other:?}"),
    };
    assert_eq!(called(&commit(&mut writer, &[(&alice(), 1, say("hi"))])[0]), "User-a11c");
    let shell = Connection::open(dir.path().join("hubbub.db")).unwrap();
    shell.execute("update users set name = 'Alice', name_key = 'alice'", []).unwrap();
    assert_eq!(called(&commit(&mut writer, &[(&alice(), 2, say("hi"))])[0]), "Alice");
}

#[tokio::test]
async fn an_op_that_wrote_no_event_is_not_free_for_a_post() {
    let house = house();
    house.accepted(&alice(), 1, house.say("hi")).await;
    let join = Change::Join { room: house.log.lobby };
    let joined = house.accepted(&alice(), 2, join.clone()).await;
    assert_eq!(house.did(&alice(), 2, house.say("hi")).await, Answer::Refused(Code::OpReused));
    assert_eq!(house.accepted(&alice(), 2, join).await, joined);
    house.accepted(&alice(), 3, house.say("hi")).await;
}

#[tokio::test]
async fn whoever_answers_has_read_what_was_above_however_much_is_written() {
    let House { dir, log, .. } = house();
    let lobby = log.lobby;
    let people: Vec<Author> = (0..40).map(|n| person(0x2000 + n)).collect();
    let mut last = Vec::new();
    for line in 0..20 {
        for by in &people {
            let text = format!("{line}");
            last.push(log.append(by.clone(), op(line), Change::Post { room: lobby, text }));
        }
    }
    let mut seqs = Vec::new();
    for pending in last {
        seqs.push(seq(&pending.answer().await));
    }
    log.close();
    let store = store(&dir);
    for (by, seq) in people.iter().zip(&seqs[19 * people.len()..]) {
        let rooms = rooms::list(&store.writer, by.id).unwrap();
        assert_eq!(rooms[0].read, *seq);
    }
}
