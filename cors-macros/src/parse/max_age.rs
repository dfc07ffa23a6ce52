//! The value of `max_age`: a number of seconds, a calculation or a text.

use cors_rules::{Key, MAX_AGE_FORM, MaxAge};
use proc_macro2::{Delimiter, Literal, TokenTree};
use syn::Lit;

use super::{KeyTail, Name, Parser, example_help};
use crate::tokens::{SpanRange, is_punct, ungroup};

impl Parser<'_> {
    fn set_max_age(&mut self, max_age: impl Into<MaxAge>, span: SpanRange) {
        self.args.settings.max_age = Some(max_age.into());
        self.args.max_age = Some(span);
    }

    pub(super) fn max_age<'t>(&mut self, name: &Name, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        match self.key_tail(Key::MaxAge, name, tokens) {
            KeyTail::Assigned(value) => self.duration(value),
            KeyTail::Called(group, rest) => {
                let value = ungroup(group.stream());
                let help = match value.as_slice() {
                    [only @ TokenTree::Literal(_)] => format!("write `max_age = {only}`"),
                    _ => example_help(Key::MaxAge),
                };
                self.errors.add(name.span.to(group.span()), "`max_age` takes its value after `=`", help);
                self.duration(&value);
                rest
            }
            KeyTail::Nothing(rest) => rest,
        }
    }

    /// A number of seconds or a text; whether it makes sense is for the rules to say.
    fn duration<'t>(&mut self, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        let calculated = sum(tokens);
        if let Some((_, [operator, ..])) = calculated
            && ['+', '-', '*', '/', '%', '<', '.'].into_iter().any(|char| is_punct(operator, char))
        {
            self.args.unparsed.push(Key::MaxAge);
            let message = "`max_age` can be calculated from integers only: macros see names, not values";
            self.errors.add(SpanRange::from_tokens(tokens), message, MAX_AGE_FORM);
            return &[];
        }
        if let Some((seconds, rest)) = calculated {
            let length = tokens.len() - rest.len();
            let span = SpanRange::from_tokens(&tokens[..length]);
            match seconds {
                Some(seconds) => self.set_max_age(seconds, span),
                None => {
                    self.args.unparsed.push(Key::MaxAge);
                    self.errors.add(span, "this is not a whole number of seconds", MAX_AGE_FORM);
                }
            }
            return rest;
        }
        match tokens {
            [token @ TokenTree::Literal(literal), rest @ ..] => {
                match number_or_text(literal) {
                    Some(max_age) => self.set_max_age(max_age, token.into()),
                    None => {
                        let message = format!("`{literal}` must be quoted");
                        self.errors.add(token, message, format!("write \"{literal}\""));
                    }
                }
                rest
            }
            [minus, token @ TokenTree::Literal(literal), rest @ ..] if is_punct(minus, '-') => {
                let text = MaxAge::Text(format!("-{literal}"));
                self.set_max_age(text, SpanRange::from(minus).to(token));
                rest
            }
            _ => {
                self.args.unparsed.push(Key::MaxAge);
                let seconds = seconds_of_call(tokens);
                let help = seconds.map_or(MAX_AGE_FORM.to_owned(), |seconds| format!("write {seconds}"));
                let message = "`max_age` takes a number of seconds, or a text";
                self.errors.add(SpanRange::from_tokens(tokens), message, help);
                &[]
            }
        }
    }
}

/// The seconds of `Duration::from_secs(600)` and its like.
fn seconds_of_call(tokens: &[TokenTree]) -> Option<u64> {
    let [.., TokenTree::Ident(function), TokenTree::Group(group)] = tokens else { return None };
    let factor = match function.to_string().as_str() {
        "from_secs" => 1,
        "from_mins" => 60,
        "from_hours" => 3_600,
        _ => return None,
    };
    let (number, _) = sum(&ungroup(group.stream()))?;
    number?.checked_mul(factor)
}

/// A sum of products of integers, for example `60 * 60`, and what follows it; the value is `None` if it overflows or is
/// not whole. `None` if it does not begin with an integer.
fn sum(tokens: &[TokenTree]) -> Option<(Option<u64>, &[TokenTree])> {
    let (mut value, mut rest) = product(tokens)?;
    while let [operator @ TokenTree::Punct(_), after @ ..] = rest
        && (is_punct(operator, '+') || is_punct(operator, '-'))
        && let Some((next, after)) = product(after)
    {
        let operation = if is_punct(operator, '+') { u64::checked_add } else { u64::checked_sub };
        value = value.zip(next).and_then(|(value, next)| operation(value, next));
        rest = after;
    }
    Some((value, rest))
}

fn product(tokens: &[TokenTree]) -> Option<(Option<u64>, &[TokenTree])> {
    let (mut value, mut rest) = factor(tokens)?;
    while let [operator @ TokenTree::Punct(_), after @ ..] = rest
        && (is_punct(operator, '*') || is_punct(operator, '/'))
        && let Some((next, after)) = factor(after)
    {
        value = value.zip(next).and_then(|(value, next)| match is_punct(operator, '*') {
            true => value.checked_mul(next),
            false => value.is_multiple_of(next.max(1)).then(|| value.checked_div(next)).flatten(),
        });
        rest = after;
    }
    Some((value, rest))
}

fn factor(tokens: &[TokenTree]) -> Option<(Option<u64>, &[TokenTree])> {
    match tokens {
        [TokenTree::Literal(literal), rest @ ..] => match number_or_text(literal)? {
            MaxAge::Seconds(seconds) => Some((Some(seconds), rest)),
            MaxAge::Text(_) => None,
        },
        [TokenTree::Group(group), rest @ ..] if group.delimiter() == Delimiter::Parenthesis => {
            let inner = ungroup(group.stream());
            let (value, left) = sum(&inner)?;
            left.is_empty().then_some((value, rest))
        }
        _ => None,
    }
}

/// `None` for a number with a unit, for example `10m`, which is a text without its quotes.
fn number_or_text(literal: &Literal) -> Option<MaxAge> {
    Some(match Lit::new(literal.clone()) {
        Lit::Str(text) if text.suffix().is_empty() => MaxAge::Text(text.value()),
        Lit::Int(number) => match number.suffix() {
            "" | "u16" | "u32" | "u64" | "i32" | "i64" | "usize" => match number.base10_digits().parse() {
                Ok(seconds) => MaxAge::Seconds(seconds),
                // It is too great for u64, and the rules say so of a text as well.
                Err(_) => MaxAge::Text(number.base10_digits().to_owned()),
            },
            "s" | "m" | "h" | "d" => return None,
            _ => MaxAge::Text(literal.to_string()),
        },
        _ => MaxAge::Text(literal.to_string()),
    })
}
