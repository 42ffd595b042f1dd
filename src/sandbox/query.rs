//! Parameters as both official SDKs write them: `expand[]=x`, `expand[0]=x`, with raw or
//! percent-encoded brackets, in the query or in a form body.

use percent_encoding::percent_decode_str;

use super::problem::{ApiError, quote};
use crate::limits;

/// The parameters of one request. Each is taken by its name; what is left in the end is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Params(Vec<Param>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Param {
    /// As the caller wrote it, decoded: `transacted_at[gte]`.
    name: String,
    /// Its parts: `transacted_at`, `gte`. A name that is not well formed is one part.
    path: Vec<String>,
    value: String,
}

impl Params {
    /// Reads a query and a form body; either may be empty.
    pub(super) fn parse(query: &str, body: &str) -> Result<Self, ApiError> {
        let mut params = Vec::new();
        for pair in query.split('&').chain(body.split('&')) {
            if pair.is_empty() {
                continue;
            }
            if params.len() == limits::SANDBOX_PARAMS_MAX {
                return Err(ApiError::invalid("Too many parameters."));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name).ok_or_else(not_utf8)?;
            let value = decode(value).ok_or_else(|| not_utf8().param(&name))?;
            params.push(Param {
                path: split_name(&name),
                name,
                value,
            });
        }
        Ok(Self(params))
    }

    /// Takes a text that may be absent. The last one counts where it is repeated.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        self.nested(&[name])
    }

    /// Takes a text inside a table: `account_holder[customer]`.
    pub(super) fn nested(&mut self, path: &[&str]) -> Result<Option<String>, ApiError> {
        let taken = self.take(|param| param.path == path);
        match taken.last() {
            Some(param) if param.value.is_empty() => Err(empty(&param.name)),
            Some(param) => Ok(Some(param.value.clone())),
            None => Ok(None),
        }
    }

    /// Takes a text that must be there.
    pub(super) fn required(&mut self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| ApiError::required(name))
    }

    /// Takes a whole number that may be absent.
    pub(super) fn integer(&mut self, path: &[&str]) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.nested(path)? else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(
                ApiError::invalid(format!("Invalid integer: {}", quote(&text)))
                    .code("parameter_invalid_integer")
                    .param(bracketed(path)),
            ),
        }
    }

    /// Takes a list in the order of its indices, or of writing: `features[]`, `features[0]`.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<String>, ApiError> {
        self.nested_list(&[name])
    }

    /// Takes a list inside a table: `filters[countries][]`.
    pub(super) fn nested_list(&mut self, path: &[&str]) -> Result<Vec<String>, ApiError> {
        if self.0.iter().any(|param| param.path == path) {
            return Err(ApiError::invalid("Invalid array").param(bracketed(path)));
        }
        let mut items: Vec<(u32, Param)> = self
            .take(|param| index(param, path).is_some())
            .into_iter()
            .filter_map(|param| Some((index(&param, path)?, param)))
            .collect();
        items.sort_by_key(|(index, _)| *index);
        if let Some((_, param)) = items.iter().find(|(_, param)| param.value.is_empty()) {
            return Err(empty(&param.name));
        }
        Ok(items.into_iter().map(|(_, param)| param.value).collect())
    }

    /// Everything has been taken: what is left is not known here.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        match self.0.first() {
            None => Ok(()),
            Some(param) => Err(ApiError::invalid(format!(
                "Received unknown parameter: {}",
                quote(&param.name)
            ))
            .code("parameter_unknown")
            .param(&param.name)),
        }
    }

    /// All values, whatever they are called.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|param| param.value.as_str())
    }

    /// One text for all requests that mean the same, to compare two of them.
    pub(super) fn canonical(&self) -> String {
        let mut pairs: Vec<_> = self.0.iter().map(|p| (&p.path, &p.value)).collect();
        pairs.sort();
        format!("{pairs:?}")
    }

    fn take(&mut self, wanted: impl Fn(&Param) -> bool) -> Vec<Param> {
        let (taken, left) = std::mem::take(&mut self.0).into_iter().partition(wanted);
        self.0 = left;
        taken
    }
}

fn index(param: &Param, path: &[&str]) -> Option<u32> {
    match param.path.split_last() {
        Some((last, table)) if table == path && last.is_empty() => Some(0),
        Some((last, table)) if table == path => last.parse().ok(),
        _ => None,
    }
}

/// `a[b]` of `a` and `b`.
pub(super) fn bracketed(path: &[&str]) -> String {
    match path.split_first() {
        Some((first, rest)) => rest
            .iter()
            .fold((*first).to_owned(), |name, part| format!("{name}[{part}]")),
        None => String::new(),
    }
}

fn empty(name: &str) -> ApiError {
    let name = quote(name);
    ApiError::invalid(format!(
        "You passed an empty string for '{name}'. You should remove '{name}' from your request \
         or supply a non-empty value."
    ))
    .code("parameter_invalid_empty")
    .param(name)
}

fn not_utf8() -> ApiError {
    ApiError::invalid("Invalid string: parameters must be UTF-8.")
}

/// `a[b][]` is `a`, `b` and the empty part.
fn split_name(name: &str) -> Vec<String> {
    let whole = || vec![name.to_owned()];
    let Some((first, mut rest)) = name.split_once('[') else {
        return whole();
    };
    let mut path = vec![first.to_owned()];
    loop {
        let Some((part, after)) = rest.split_once(']') else {
            return whole();
        };
        path.push(part.to_owned());
        match after.strip_prefix('[') {
            Some(next) => rest = next,
            None if after.is_empty() => return path,
            None => return whole(),
        }
    }
}

/// Undoes `+` and `%41`; a `%` without two hexadecimal digits stands for itself. `None` where
/// the result is not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(query: &str) -> Params {
        Params::parse(query, "").unwrap()
    }

    #[test]
    fn brackets_of_every_style_mean_the_same() {
        for query in [
            "expand[]=a&expand[]=b",
            "expand[0]=a&expand[1]=b",
            "expand[1]=b&expand[0]=a",
            "expand%5B%5D=a&expand%5b%5d=b",
            "expand%5B0%5D=a&&expand%5B1%5D=b&",
        ] {
            let mut params = parse(query);
            assert_eq!(params.list("expand").unwrap(), ["a", "b"], "{query}");
            assert_eq!(params.finish(), Ok(()));
        }
        let mut params = parse("transacted_at[gte]=5&a+b=c%20d");
        assert_eq!(params.integer(&["transacted_at", "gte"]), Ok(Some(5)));
        assert_eq!(params.text("a b"), Ok(Some("c d".to_owned())));
    }

    #[test]
    fn what_nobody_took_is_unknown() {
        for query in [
            "a=1",
            "limit[gt]=1",
            "expand[x]=1",
            "expand[0][x]=1",
            "li[mit=1",
            "a[b]c=1",
        ] {
            let mut params = parse(query);
            params.list("expand").unwrap();
            params.integer(&["limit"]).unwrap();
            let error = params.finish().unwrap_err().body();
            assert_eq!(error["error"]["code"], "parameter_unknown", "{query}");
        }
    }

    #[test]
    fn the_number_of_parameters_is_limited_below_at_and_above() {
        let read = |count: usize| Params::parse(&"a=1&".repeat(count), "");
        assert!(read(limits::SANDBOX_PARAMS_MAX - 1).is_ok());
        assert!(read(limits::SANDBOX_PARAMS_MAX).is_ok());
        assert!(read(limits::SANDBOX_PARAMS_MAX + 1).is_err());
    }

    proptest! {
        #[test]
        fn nothing_sent_can_panic(query: String, body in "[a-z\\[\\]%&=+0-9]{0,60}") {
            if let Ok(mut params) = Params::parse(&query, &body) {
                let _ = params.list("a");
                let _ = params.integer(&["b", "gt"]);
                let _ = params.text("c");
                let _ = params.canonical();
                let _ = params.finish();
            }
        }

        #[test]
        fn decoding_undoes_encoding(text: String) {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(decode(&encoded), Some(text));
        }
    }
}
