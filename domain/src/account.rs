//! Who may do what, and what an account may be called and opened with.
//!
//! | | stats:read | sites:read | events:read | sites:write | shares:write | people:write | sites:delete |
//! |---|---|---|---|---|---|---|---|
//! | viewer | yes | yes | | | | | |
//! | editor | yes | yes | yes | yes | yes | | |
//! | owner of the site or of all | yes | yes | yes | yes | yes | yes | yes |
//! | key | as its scopes say, and never more than whose key it is | | | | no | no | no |
//! | shared link | yes, narrowed by its lock | | | | | | |

use wire::account::{Permission, Role};
use wire::behaviour::Behaviour;
use wire::filter::{Filter, FilterValues, Filters, Operator};
use wire::limits::{FILTER_DEPTH_MAX, FILTER_PARTS_MAX};

use crate::query::{Condition, Filtered};

/// Bytes of an e-mail address: what RFC 5321 lets a path have.
pub const EMAIL_BYTES_MAX: usize = 254;

/// Bytes of what somebody or something is called.
pub const NAME_BYTES_MAX: usize = 256;

/// Fewest characters of a password. With a throttle of 2 880 guesses a day, length is what counts.
pub const PASSWORD_CHARACTERS_MIN: usize = 10;

/// Bytes of a password: room for any sentence, and nothing to keep a hash busy with.
pub const PASSWORD_BYTES_MAX: usize = 256;

/// Tests and connectives of a shared link's lock: a quarter of what a question may have, for both go together.
pub const LOCK_PARTS_MAX: usize = FILTER_PARTS_MAX / 4;

/// Nesting of a shared link's lock: half of what a question may have.
pub const LOCK_DEPTH_MAX: usize = FILTER_DEPTH_MAX / 2;

/// Something that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct AccountError {
    /// The field at fault.
    pub field: &'static str,
    /// What is wrong with it, with the limit.
    pub detail: String,
}

/// What is allowed: a set of [`Permission`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u8);

impl Rights {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Everything.
    pub fn all() -> Self {
        Permission::ALL.into_iter().collect()
    }

    /// What a role allows.
    pub fn of(role: Role) -> Self {
        use Permission as P;
        match role {
            Role::Viewer => [P::StatsRead, P::SitesRead].into_iter().collect(),
            Role::Editor => {
                [P::StatsRead, P::SitesRead, P::EventsRead, P::SitesWrite, P::SharesWrite].into_iter().collect()
            }
            Role::Owner => Self::all(),
        }
    }

    /// Whether `permission` is among them.
    pub fn has(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// Those that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether nothing is allowed.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// Each of them.
    pub fn list(self) -> Vec<Permission> {
        Permission::ALL.into_iter().filter(|permission| self.has(*permission)).collect()
    }
}

impl FromIterator<Permission> for Rights {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().map(bit).fold(0, |all, one| all | one))
    }
}

fn bit(permission: Permission) -> u8 {
    1 << permission as u8
}

/// Checks scopes of a key.
///
/// # Errors
/// [`AccountError`] when there are none, or one that keys never have.
pub fn scopes(scopes: &[Permission]) -> Result<Rights, AccountError> {
    let known = || Permission::SCOPES.map(Permission::name).join(", ");
    if scopes.is_empty() || scopes.iter().any(|scope| !Permission::SCOPES.contains(scope)) {
        return refused("scopes", format!("must be at least one of {}", known()));
    }
    Ok(scopes.iter().copied().collect())
}

/// Reads an e-mail address: what stands around one `@`, in lower case. Whether mail arrives there is not asked.
///
/// # Errors
/// [`AccountError`] when it is none.
pub fn email(text: &str) -> Result<String, AccountError> {
    let text = text.trim().to_lowercase();
    let sound = |part: &str| {
        !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control() || "@<>\"(),;\\".contains(c))
    };
    match text.rsplit_once('@') {
        Some((local, host)) if text.len() <= EMAIL_BYTES_MAX && sound(local) && sound(host) => Ok(text),
        _ => {
            refused("email", format!("must be an address such as ann@shop.example, of at most {EMAIL_BYTES_MAX} bytes"))
        }
    }
}

/// Reads what somebody or something is called.
///
/// # Errors
/// [`AccountError`] when it is empty or too long.
pub fn name(text: &str) -> Result<String, AccountError> {
    let text = text.trim();
    if text.is_empty() || text.len() > NAME_BYTES_MAX || text.chars().any(char::is_control) {
        return refused("name", format!("must be 1 to {NAME_BYTES_MAX} bytes without control characters"));
    }
    Ok(text.to_owned())
}

/// Checks a new password.
///
/// # Errors
/// [`AccountError`] when it is too short, too long, or the address itself.
pub fn password(text: &str, email: &str) -> Result<(), AccountError> {
    if text.chars().count() < PASSWORD_CHARACTERS_MIN || text.len() > PASSWORD_BYTES_MAX {
        let detail =
            format!("must have at least {PASSWORD_CHARACTERS_MIN} characters and at most {PASSWORD_BYTES_MAX} bytes");
        return refused("password", detail);
    }
    let first = text.chars().next();
    if text.to_lowercase() == email || text.chars().all(|c| Some(c) == first) {
        return refused("password", "must not be the address, nor one character over and over".to_owned());
    }
    Ok(())
}

/// Checks what a shared link is to be narrowed to.
///
/// # Errors
/// [`AccountError`] names what no question could be narrowed by, with the limit.
pub fn lock(filter: &Filter) -> Result<(), AccountError> {
    narrows(filter, "lock")
}

/// Checks what is to be kept as a segment. It is no larger than a lock, so that it can be one, and stand in a question beside
/// others.
///
/// # Errors
/// [`AccountError`] names what no question could be narrowed by, with the limit.
pub fn segment(filters: &Filters) -> Result<(), AccountError> {
    narrows(&filters.clone().into_expression(), "filters")
}

fn narrows(filter: &Filter, field: &'static str) -> Result<(), AccountError> {
    let (parts, depth) = size(filter, LOCK_DEPTH_MAX + 1);
    if parts > LOCK_PARTS_MAX || depth > LOCK_DEPTH_MAX {
        return refused(field, format!("has at most {LOCK_PARTS_MAX} parts, nested at most {LOCK_DEPTH_MAX} deep"));
    }
    match Condition::kept(&Filters::Expression(filter.clone()), field) {
        Ok(condition) if condition.is_empty() => refused(field, "must leave something out".to_owned()),
        Ok(_) => Ok(()),
        // Where within the filter it is.
        Err(e) => match e.field.strip_prefix(field).and_then(|place| place.strip_prefix('.')) {
            Some(place) => refused(field, format!("{place}: {}", e.detail)),
            None => refused(field, e.detail),
        },
    }
}

/// Parts of a filter, and how deep it is nested; no deeper than `depth_max` is looked.
fn size(filter: &Filter, depth_max: usize) -> (usize, usize) {
    let several = |filters: &[Filter]| {
        let sizes = filters.iter().map(|filter| size(filter, depth_max.saturating_sub(1)));
        sizes.fold((1, 1), |(parts, depth), (more, below)| (parts + more, depth.max(below + 1)))
    };
    match filter {
        _ if depth_max == 0 => (1, 1),
        Filter::Test { .. } | Filter::Behaviour(_) => (1, 1),
        Filter::And(filters) | Filter::Or(filters) => several(filters),
        Filter::Not(filter) => several(std::slice::from_ref(filter)),
    }
}

/// Narrows a question's filters by a lock, so that what the lock leaves out is never counted, nor asked for as something
/// that people did.
pub fn narrow(filters: &mut Filters, lock: &Filter) {
    // The plain form stays plain where it can: it is what rollups answer best.
    if let Filters::All(all) = filters
        && let Some(tests) = plain(lock)
        && tests.iter().all(|(dimension, _)| !all.contains_key(dimension))
    {
        all.extend(tests.into_iter().map(|(dimension, values)| (dimension, FilterValues::Any(values))));
        return;
    }
    let mut asked = std::mem::take(filters).into_expression();
    narrow_behaviours(&mut asked, lock);
    *filters = Filters::Expression(Filter::And(vec![lock.clone(), asked]));
}

/// Narrows all filters of a question: its own by the lock, and what they say that people did.
pub fn narrow_all(question: &mut impl Filtered, lock: &Filter) {
    for (field, filters) in question.filters() {
        match filters {
            filters if field == "filters" => narrow(filters, lock),
            Filters::All(_) => {}
            Filters::Expression(filter) => narrow_behaviours(filter, lock),
        }
    }
}

/// Lets what people did be told by the events that a lock leaves.
fn narrow_behaviours(filter: &mut Filter, lock: &Filter) {
    let only = |filters: &mut Filters| {
        let asked = std::mem::take(filters).into_expression();
        *filters = Filters::Expression(Filter::And(vec![lock.clone(), asked]));
    };
    match filter {
        Filter::Test { .. } => {}
        Filter::And(filters) | Filter::Or(filters) => {
            filters.iter_mut().for_each(|filter| narrow_behaviours(filter, lock));
        }
        Filter::Not(filter) => narrow_behaviours(filter, lock),
        Filter::Behaviour(behaviour) => match behaviour.as_mut() {
            Behaviour::Did(did) => only(&mut did.filters.others),
            Behaviour::FirstDid(edge) | Behaviour::LastDid(edge) => only(&mut edge.filters.others),
            // A funnel that is kept is the owner's word, as a segment is.
            Behaviour::Funnel(of) => of.funnel.iter_mut().for_each(|funnel| only(&mut funnel.filters)),
        },
    }
}

/// A lock as dimensions and their values, if it is no more than that.
fn plain(lock: &Filter) -> Option<Vec<(wire::query::Dimension, Vec<String>)>> {
    let test = |filter: &Filter| match filter {
        Filter::Test { operator: Operator::Is, dimension, values } => Some((*dimension, values.clone())),
        _ => None,
    };
    let tests: Vec<_> = match lock {
        Filter::And(filters) => filters.iter().map(test).collect::<Option<_>>()?,
        filter => vec![test(filter)?],
    };
    let mut dimensions: Vec<_> = tests.iter().map(|(dimension, _)| *dimension).collect();
    dimensions.sort_unstable();
    dimensions.dedup();
    (dimensions.len() == tests.len()).then_some(tests)
}

fn refused<T>(field: &'static str, detail: String) -> Result<T, AccountError> {
    Err(AccountError { field, detail })
}

#[cfg(test)]
mod tests;
