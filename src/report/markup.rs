//! Markup that is always closed and always escaped: names of elements and attributes stand in the
//! source, and whatever else goes in is text.

/// A piece of a page in the making.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

/// An attribute and its value.
pub(super) type Attribute<'a> = (&'static str, &'a str);

impl Markup {
    /// An element with what `inside` puts into it.
    pub(super) fn within(
        &mut self,
        tag: &'static str,
        attributes: &[Attribute<'_>],
        inside: impl FnOnce(&mut Self),
    ) {
        self.begin(tag, attributes);
        self.0.push('>');
        inside(self);
        self.0.push_str("</");
        self.0.push_str(tag);
        self.0.push('>');
    }

    /// An element that holds a text.
    pub(super) fn element(&mut self, tag: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.within(tag, attributes, |inside| inside.text(text));
    }

    /// An element that holds nothing.
    pub(super) fn empty(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.begin(tag, attributes);
        self.0.push_str("/>");
    }

    /// A text, escaped.
    pub(super) fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c if c.is_control() || turns(c) => self.0.push(char::REPLACEMENT_CHARACTER),
                c => self.0.push(c),
            }
        }
    }

    /// The lines of a text, each escaped: for an element that keeps them.
    pub(super) fn lines(&mut self, text: &str) {
        for (number, line) in text.lines().enumerate() {
            if number > 0 {
                self.0.push('\n');
            }
            self.text(&line.replace('\t', "    "));
        }
    }

    /// What stands in the source, as it is.
    pub(super) fn verbatim(&mut self, source: &'static str) {
        self.0.push_str(source);
    }

    /// The text of it all.
    pub(super) fn finish(self) -> String {
        self.0
    }

    fn begin(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.0.push('<');
        self.0.push_str(tag);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            self.text(value);
            self.0.push('"');
        }
    }
}

/// Whether a character turns the direction of the text after it: a bank's text is not to make a page
/// read otherwise than it is.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_lines_and_are_text() {
        let mut markup = Markup::default();
        markup.lines("a\t<b>\r\n\n# c\u{7}");
        assert_eq!(markup.finish(), "a    &lt;b&gt;\n\n# c\u{fffd}");
    }

    #[test]
    fn what_is_put_in_is_text() {
        let mut markup = Markup::default();
        markup.within("p", &[("title", "\"><script>")], |inside| {
            inside.text("a & <b> 'c'\u{202e}\u{7}\n");
            inside.empty("br", &[]);
        });
        assert_eq!(
            markup.finish(),
            "<p title=\"&quot;&gt;&lt;script&gt;\">a &amp; &lt;b&gt; &#39;c&#39;\u{fffd}\u{fffd}\u{fffd}<br/></p>"
        );
    }
}
