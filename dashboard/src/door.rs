//! The ways in: what each asks for, what it says, and what it sends.
//!
//! | address | who comes | asked for |
//! |---|---|---|
//! | `/signin`, or any page without a session | somebody with an account | address, password |
//! | `/setup#TOKEN` | the first owner | address, new password |
//! | `/invitation#TOKEN` | the invited, with an account or without | address, password |
//! | `/password#TOKEN` | who forgot their password | new password |
//! | `/share/SLUG` | anybody with a shared link that has a password | that password |

use serde_json::Error as JsonError;
use wire::account::{Entry, Newcomer, PasswordReset};
use wire::grant::ShareEntry;

use crate::api::{self, Failure};

/// A way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// With an account.
    SignIn,
    /// By the link that a new installation prints.
    SetUp {
        /// The link's token.
        token: String,
    },
    /// By an invitation.
    Invitation {
        /// The link's token.
        token: String,
    },
    /// By a link that replaces a password.
    Reset {
        /// The link's token.
        token: String,
    },
    /// By a shared link with a password.
    Share {
        /// Its name in the address.
        slug: String,
    },
}

/// A field of a way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, as the server's answers have it.
    pub name: &'static str,
    /// What stands above it.
    pub label: &'static str,
    /// What stands below it.
    pub hint: &'static str,
    /// The kind of `<input>`.
    pub kind: &'static str,
    /// What a password manager puts there.
    pub autocomplete: &'static str,
}

const EMAIL: Field = Field { name: "email", label: "E-mail", hint: "", kind: "email", autocomplete: "username" };
const PASSWORD: Field =
    Field { name: "password", label: "Password", hint: "", kind: "password", autocomplete: "current-password" };
const NEW_PASSWORD: Field = Field {
    label: "New password",
    hint: "At least 10 characters. A sentence is good.",
    autocomplete: "new-password",
    ..PASSWORD
};
const INVITED_PASSWORD: Field = Field {
    hint: "Your own if you have an account here, else a new one of at least 10 characters.",
    autocomplete: "on",
    ..PASSWORD
};

impl Door {
    /// What the page is called.
    pub fn title(&self) -> &'static str {
        match self {
            Self::SignIn => "Sign in",
            Self::SetUp { .. } => "Welcome to Tidemark",
            Self::Invitation { .. } => "You are invited",
            Self::Reset { .. } => "Set a new password",
            Self::Share { .. } => "Shared numbers",
        }
    }

    /// What it is for.
    pub fn words(&self) -> &'static str {
        match self {
            Self::SignIn => "With your account here, or by a one-time link.",
            Self::SetUp { .. } => "Make the first account: it owns everything here and lets others in.",
            Self::Invitation { .. } => "Sign in or make an account to see the site that is shared with you.",
            Self::Reset { .. } => "It signs you in here and signs out every other browser.",
            Self::Share { .. } => "This link asks for a password. Who sent it to you knows it.",
        }
    }

    /// What it asks for.
    pub fn fields(&self) -> &'static [Field] {
        match self {
            Self::SignIn => &[EMAIL, PASSWORD],
            Self::SetUp { .. } => &[EMAIL, NEW_PASSWORD],
            Self::Invitation { .. } => &[EMAIL, INVITED_PASSWORD],
            Self::Reset { .. } => &[NEW_PASSWORD],
            Self::Share { .. } => &[PASSWORD],
        }
    }

    /// What its button says.
    pub fn action(&self) -> &'static str {
        match self {
            Self::SignIn => "Sign in",
            Self::SetUp { .. } => "Make the account",
            Self::Invitation { .. } => "Accept the invitation",
            Self::Reset { .. } => "Set the password",
            Self::Share { .. } => "Show the numbers",
        }
    }

    /// Knocks. The cookie that comes back is out of a script's reach.
    ///
    /// # Errors
    /// [`Failure`] when it stays shut.
    pub async fn open(&self, email: String, password: String) -> Result<(), Failure> {
        let (path, body) = self.request(email, password);
        api::knock(&path, body).await
    }

    fn request(&self, email: String, password: String) -> (String, Result<String, JsonError>) {
        let (path, body) = match self {
            Self::SignIn => {
                let entry = Entry { token: None, email: Some(email), password: Some(password) };
                ("/api/v1/session", serde_json::to_string(&entry))
            }
            Self::SetUp { token } => ("/api/v1/setup", newcomer(token, email, password)),
            Self::Invitation { token } => ("/api/v1/invitations/accept", newcomer(token, email, password)),
            Self::Reset { token } => {
                let reset = PasswordReset { token: token.clone(), password };
                ("/api/v1/password/reset", serde_json::to_string(&reset))
            }
            Self::Share { slug } => {
                let entry = ShareEntry { password: Some(password) };
                return (api::share_session_path(slug), serde_json::to_string(&entry));
            }
        };
        (path.to_owned(), body)
    }

    /// Why it stayed shut, in one sentence.
    pub fn refusal(&self, failure: &Failure) -> String {
        let words = match (self, failure.code()) {
            (Self::SetUp { .. }, Some("link_not_valid")) => {
                "This link is not valid any more. While nobody owns this installation, Tidemark prints a new one at each start."
            }
            (Self::Invitation { .. }, Some("link_not_valid")) => {
                "This invitation was taken up, withdrawn, or has expired. Ask for another."
            }
            (Self::Reset { .. }, Some("link_not_valid")) => {
                "This link was used or has expired. Ask an owner for another: tidemark user reset prints it."
            }
            (Self::Share { .. }, Some("wrong_password")) => "The password is wrong.",
            _ => return failure.sentence(),
        };
        words.to_owned()
    }
}

fn newcomer(token: &str, email: String, password: String) -> Result<String, JsonError> {
    serde_json::to_string(&Newcomer { token: token.to_owned(), email, name: String::new(), password })
}
