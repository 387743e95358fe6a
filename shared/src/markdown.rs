//! A message's text as a tree, so that server and browser draw the same from the same code.
//!
//! Today: paragraphs, line breaks and links to `http:` and `https:`. Nothing is ever rendered as
//! HTML from text: whatever looks like a tag is text. Linear in the length of the text.

/// What a paragraph is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Break,
    /// An address as it was written; `href` is the same text and starts with `http`.
    Link(String),
}

/// Paragraphs of a message: parted by blank lines. Blank text gives none.
pub fn parse(text: &str) -> Vec<Vec<Inline>> {
    let mut paragraphs: Vec<Vec<Inline>> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            open = false;
            continue;
        }
        match paragraphs.last_mut() {
            Some(paragraph) if open => {
                paragraph.push(Inline::Break);
                inline(line, paragraph);
            }
            _ => {
                let mut paragraph = Vec::new();
                inline(line, &mut paragraph);
                paragraphs.push(paragraph);
            }
        }
        open = true;
    }
    paragraphs
}

/// Cuts one line into text and links.
fn inline(line: &str, into: &mut Vec<Inline>) {
    let mut rest = line;
    let mut text = String::new();
    while let Some(start) = next_address(rest) {
        let length = address_length(&rest[start..]);
        text.push_str(&rest[..start]);
        if !text.is_empty() {
            into.push(Inline::Text(std::mem::take(&mut text)));
        }
        into.push(Inline::Link(rest[start..start + length].to_owned()));
        rest = &rest[start + length..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        into.push(Inline::Text(text));
    }
}

/// Where the next `http://` or `https://` begins that has something behind it and does not stand
/// inside a word: `xhttp://` is a word.
fn next_address(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text[from..].find("http") {
        let start = from + found;
        let inside_word = text[..start].chars().next_back().is_some_and(char::is_alphanumeric);
        let rest = &text[start..];
        let host = rest.strip_prefix("http://").or_else(|| rest.strip_prefix("https://"));
        if !inside_word && host.is_some_and(|host| host.starts_with(char::is_alphanumeric)) {
            return Some(start);
        }
        from = start + "http".len();
    }
    None
}

/// How far an address reaches: to the next blank or angle bracket, without the punctuation that
/// ends the sentence around it. A closing bracket stays only if the address opened one.
fn address_length(text: &str) -> usize {
    let end = text
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`'))
        .unwrap_or(text.len());
    let mut address = &text[..end];
    while let Some(last) = address.chars().next_back() {
        let belongs = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' => false,
            ')' => address.matches('(').count() >= address.matches(')').count(),
            ']' => address.contains('['),
            _ => true,
        };
        if belongs {
            break;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text(text.into())
    }

    fn link(address: &str) -> Inline {
        Inline::Link(address.into())
    }

    #[test]
    fn blank_lines_part_paragraphs_and_single_ones_break() {
        assert_eq!(
            parse("one\ntwo\r\n\n \nthree"),
            [vec![text("one"), Inline::Break, text("two")], vec![text("three")]],
        );
        assert!(parse(" \n\t\n").is_empty());
    }

    #[test]
    fn an_address_is_a_link_and_the_sentence_around_it_is_not() {
        assert_eq!(
            parse("see https://a.example/b?c=d#e, or (http://x.example/y_(z))."),
            [vec![
                text("see "),
                link("https://a.example/b?c=d#e"),
                text(", or ("),
                link("http://x.example/y_(z)"),
                text(")."),
            ]],
        );
        assert_eq!(parse("https://a.example"), [vec![link("https://a.example")]]);
    }

    #[test]
    fn nothing_else_is_a_link_or_a_tag() {
        for line in [
            "javascript:alert(1)",
            "data:text/html,x",
            "xhttps://a.example",
            "http://",
            "http:// x",
            "<script>alert(1)</script>",
            "<a href='javascript:x'>",
        ] {
            assert_eq!(parse(line), [vec![text(line)]]);
        }
        assert_eq!(
            parse("<img src=https://a.example/x onerror=y>"),
            [vec![text("<img src="), link("https://a.example/x"), text(" onerror=y>")]],
        );
    }

    #[test]
    fn brackets_by_the_thousand_are_text() {
        let nasty = "[".repeat(4_000) + &"http".repeat(1_000);
        assert_eq!(parse(&nasty), [vec![text(&nasty)]]);
    }
}
