//! Where something is declared.

use std::ops::Range;

use super::View;
use super::cursor::{Cursor, Spot};
use super::hover::{name_at, named_by};
use crate::rules::{Declaration, Holds, Naming};

/// Where something is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The file, where that is not the rule file itself but one that it names.
    pub file: Option<String>,
    /// The name there, in bytes.
    pub span: Range<usize>,
}

/// Where that is declared which stands at a place: a name in an expression or a statement, the code
/// of a reason, or a file, which is declared by its beginning.
pub fn definition(view: &View<'_>, offset: usize) -> Option<Definition> {
    let offset = view.within(offset);
    let cursor = Cursor::at(view.text(), offset)?;
    let root = view.shape()?;
    let declared = view.declarations();
    let written = match &cursor.spot {
        Spot::Value(written) => written.as_ref()?,
        Spot::Header(word) | Spot::Key { word, .. } => {
            let found = named_by(&cursor, word, &declared);
            return place(found.or_else(|| declared.find(&word.name))?);
        }
    };
    let holds = cursor.holds(root)?;
    if let Holds::File = holds {
        return Some(Definition {
            file: Some(written.text.clone()),
            span: 0..0,
        });
    }
    if let Holds::Name(Naming::Code) = holds {
        return place(declared.find(&written.text)?);
    }
    let (name, _) = name_at(holds, written, offset)?;
    place(declared.find(&name)?)
}

fn place(declared: &Declaration) -> Option<Definition> {
    let place = declared.place.clone()?;
    Some(Definition {
        file: place.file,
        span: place.span,
    })
}
