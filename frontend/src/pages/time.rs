//! Times as they stand within a sentence.

/// `today at 07:58` for `Today at 07:58`. Names of days and months keep their capitals.
pub(super) fn within(time: &str) -> String {
    for word in ["Today", "Yesterday", "Never"] {
        if let Some(rest) = time.strip_prefix(word) {
            return format!("{}{rest}", word.to_lowercase());
        }
    }
    time.to_owned()
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn days_without_a_name_are_written_small() {
        assert_eq!(within("Today at 07:58"), "today at 07:58");
        assert_eq!(within("Never"), "never");
        assert_eq!(within("Saturday, 21 November"), "Saturday, 21 November");
    }
}
