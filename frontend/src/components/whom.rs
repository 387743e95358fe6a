//! Whom somebody means by a name that they type: one of those whom this client has met. Pure.

use shared::protocol::Person;

/// The person of this name, however it is capitalised; or a sentence that says what to do.
pub(super) fn named<'a>(people: &'a [Person], typed: &str) -> Result<&'a Person, String> {
    let typed = typed.trim().trim_start_matches('@').trim();
    let wanted = typed.to_lowercase();
    people
        .iter()
        .find(|person| person.name.to_lowercase() == wanted)
        .ok_or_else(|| format!("Nobody called “{typed}” is known here. Look at the name again."))
}

/// One person, or some with commas between them. A name may hold a comma itself.
pub(super) fn all_named<'a>(people: &'a [Person], typed: &str) -> Result<Vec<&'a Person>, String> {
    match named(people, typed) {
        Ok(one) => Ok(vec![one]),
        Err(_) => typed.split(',').map(|name| named(people, name)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use shared::protocol::UserId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_name_is_somebodys_however_it_is_typed() {
        let people = ["Ada", "Bo, the tall one", "Yuki Tanabe"]
            .map(|name| Person { id: UserId(Uuid::nil()), name: name.into() });
        let found = |typed| -> Result<Vec<&str>, String> {
            let all = all_named(&people, typed)?;
            Ok(all.into_iter().map(|person| person.name.as_str()).collect())
        };
        assert_eq!(found(" ada"), Ok(vec!["Ada"]));
        assert_eq!(found("@yuki tanabe, Ada"), Ok(vec!["Yuki Tanabe", "Ada"]));
        assert_eq!(found("Bo, the tall one"), Ok(vec!["Bo, the tall one"]));
        assert!(found("Ada, Mallory").is_err_and(|sentence| sentence.contains("“Mallory”")));
        assert!(found("").is_err());
    }
}
