//! Enough of HTML to ask a drawn page about its elements. Strict: what it cannot read is a bug.

use std::collections::{HashMap, HashSet};

pub(super) struct Html {
    pub(super) text: String,
    pub(super) tags: Vec<Tag>,
}

pub(super) struct Tag {
    pub(super) name: String,
    closes: bool,
    /// Written as `<path/>`.
    is_whole: bool,
    attributes: HashMap<String, String>,
}

impl Tag {
    pub(super) fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }

    fn is(&self, attribute: &str, value: &str) -> bool {
        self.get(attribute) == Some(value)
    }
}

/// Elements without an end.
const VOID: [&str; 5] = ["meta", "link", "input", "br", "hr"];

impl Html {
    pub(super) fn read(text: String) -> Self {
        let mut tags = Vec::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find('<') {
            rest = &rest[start + 1..];
            if let Some(behind) = rest.strip_prefix('!') {
                rest = &behind[behind.find('>').expect("a comment ends")..];
                continue;
            }
            let (tag, behind) = Tag::read(rest);
            tags.push(tag);
            rest = behind;
        }
        Self { text, tags }
    }

    /// The elements of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Tag> {
        self.tags.iter().filter(move |tag| tag.name == name && !tag.closes)
    }

    /// The field of this name. Of several the last, which is the one that works without scripts.
    pub(super) fn field(&self, name: &str) -> &Tag {
        let mut fields = self.tags.iter().filter(|tag| tag.is("name", name) && !tag.closes);
        fields.next_back().unwrap_or_else(|| panic!("no field {name}"))
    }

    pub(super) fn has_form(&self, action: &str, fields: &[&str]) {
        let start = self.tags.iter().position(|tag| tag.name == "form" && tag.is("action", action));
        let start = start.unwrap_or_else(|| panic!("no form {action}"));
        let inside = self.tags[start..].iter().take_while(|tag| tag.name != "form" || !tag.closes);
        let names: HashSet<&str> = inside.filter_map(|tag| tag.get("name")).collect();
        assert_eq!(names, fields.iter().copied().collect(), "{action}");
    }

    pub(super) fn has_link(&self, href: &str) -> bool {
        self.all("a").any(|link| link.is("href", href))
    }

    /// The sentence stands where the field says that it is described.
    pub(super) fn refuses(&self, name: &str, sentence: &str) {
        let field = self.field(name);
        assert!(field.is("aria-invalid", "true"), "{name}");
        assert!(field.get("autofocus").is_some(), "{name}");
        let about = field.get("aria-describedby").unwrap_or_default().rsplit(' ').next().unwrap();
        let start = self.text.find(&format!("id=\"{about}\"")).expect(about);
        let error = self.text[start..].split("</p>").next().unwrap();
        assert!(error.contains("role=\"alert\"") && error.contains(sentence), "{error}");
    }

    /// None of it became an element, in no place where it stands.
    pub(super) fn says(&self, harmful: &str, times: usize) {
        let escaped = harmful.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let quoted = escaped.replace('"', "&quot;");
        let found = self.text.matches(&escaped).count() + self.text.matches(&quoted).count();
        assert!(found >= times, "{found} of {times}");
        assert!(!self.text.contains("<script>alert"));
        assert!(!self.text.contains("<img"));
    }

    pub(super) fn is_balanced(&self) {
        let mut open = Vec::new();
        for tag in &self.tags {
            let name = tag.name.as_str();
            if tag.closes {
                let last = open.pop();
                assert!(last == Some(name), "</{name}> closes {last:?}");
            } else if !VOID.contains(&name) && !tag.is_whole {
                open.push(name);
            }
        }
        assert_eq!(open, Vec::<&str>::new());
    }

    pub(super) fn has_no_script_but<const N: usize>(&self, sources: [&str; N]) {
        for script in self.all("script") {
            assert!(sources.iter().any(|source| script.is("src", source)));
            assert!(script.is("nonce", "once") && script.is("type", "module"));
        }
    }

    pub(super) fn has_no_inline_style_or_handler(&self) {
        assert_eq!(self.all("style").count(), 0);
        for tag in &self.tags {
            for attribute in tag.attributes.keys() {
                assert!(attribute != "style" && !attribute.starts_with("on"), "{attribute}");
            }
        }
    }

    pub(super) fn names_every_id_once(&self) {
        let mut seen = HashSet::new();
        for id in self.tags.iter().filter_map(|tag| tag.get("id")) {
            assert!(seen.insert(id), "{id} twice");
        }
    }

    pub(super) fn refers_to_what_is_there(&self) {
        let ids: HashSet<&str> = self.tags.iter().filter_map(|tag| tag.get("id")).collect();
        for tag in &self.tags {
            for attribute in ["for", "aria-labelledby", "aria-describedby"] {
                for id in tag.get(attribute).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(id), "{attribute}={id}");
                }
            }
            if let Some(id) = tag.get("href").and_then(|href| href.strip_prefix('#')) {
                assert!(ids.contains(id), "href=#{id}");
            }
        }
    }

    pub(super) fn sends_only_whole_forms(&self) {
        for form in self.all("form") {
            let searches = form.is("method", "get") && form.is("role", "search");
            assert!(searches || form.is("method", "post"));
            assert!(form.get("action").is_some_and(|action| action.starts_with('/')));
            if form.get("data-passkey").is_some() {
                let begin = format!("{}/begin", form.get("action").unwrap());
                assert!(form.is("data-begin", &begin));
                assert!(form.get("hidden").is_some() && form.get("data-passkey-only").is_some());
            }
        }
        for button in self.all("button") {
            assert!(button.is("type", "submit") || button.get("data-copy").is_some());
        }
    }

    pub(super) fn labels_every_field(&self) {
        let labelled: HashSet<&str> =
            self.all("label").filter_map(|label| label.get("for")).collect();
        for field in self.all("input").chain(self.all("select")) {
            let inside = ["hidden", "radio", "checkbox"].iter().any(|kind| field.is("type", kind));
            let named = field.get("id").is_some_and(|id| labelled.contains(id));
            assert!(inside || named || field.get("hidden").is_some(), "{:?}", field.attributes);
        }
    }
}

impl Tag {
    /// From behind `<` to behind `>`.
    fn read(text: &str) -> (Self, &str) {
        let closes = text.starts_with('/');
        let text = text.trim_start_matches('/');
        let end = text.find([' ', '/', '>']).expect("a tag ends");
        let (name, mut rest) = text.split_at(end);
        let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        assert!(!name.is_empty() && is_name(name), "<{name}");
        let mut attributes = HashMap::new();
        loop {
            rest = rest.trim_start();
            let is_whole = rest.starts_with("/>");
            if let Some(behind) = rest.trim_start_matches('/').strip_prefix('>') {
                return (Self { name: name.to_owned(), closes, is_whole, attributes }, behind);
            }
            let end = rest.find(['=', ' ', '>']).expect("an attribute ends");
            let (name, behind) = rest.split_at(end);
            assert!(is_name(&name.to_lowercase()) && !name.is_empty(), "attribute {name:?}");
            let value = match behind.strip_prefix("=\"") {
                Some(value) => {
                    let (value, behind) = value.split_once('"').expect("a value ends");
                    rest = behind;
                    value
                }
                None => {
                    rest = behind;
                    ""
                }
            };
            let twice = attributes.insert(name.to_owned(), value.to_owned());
            assert!(twice.is_none(), "{name} twice");
        }
    }
}
