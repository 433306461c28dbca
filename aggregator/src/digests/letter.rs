//! A digest as a mail: plain text, and the same as simple HTML that any mail program shows.

use std::fmt::Write;

use domain::digest::words::{Digest, Figure};
use wire::digest::Rhythm;

use crate::outbox::mail::{Letter, escaped};

/// Where the subscriber ends it.
#[derive(Clone, Copy)]
pub struct Ends<'a> {
    /// By a page.
    pub page: &'a str,
    /// By a `POST`, as mail programs do.
    pub post: &'a str,
}

/// The letter.
///
/// * `site`: what the site is called
/// * `url`: where the same days are on the dashboard
/// * `email`: where it goes
pub fn letter(digest: &Digest, rhythm: Rhythm, site: &str, url: &str, email: &str, ends: Ends<'_>) -> Letter {
    let about = About { digest, rhythm, site, url, email, ends };
    Letter {
        subject: digest.subject.clone(),
        text: about.text(),
        html: about.html(),
        unsubscribe: Some(ends.post.to_owned()),
    }
}

struct About<'a> {
    digest: &'a Digest,
    rhythm: Rhythm,
    site: &'a str,
    url: &'a str,
    email: &'a str,
    ends: Ends<'a>,
}

impl About<'_> {
    fn reason(&self) -> String {
        format!("{} is sent {} digests of {}.", self.email, self.rhythm.name(), self.site)
    }

    fn text(&self) -> String {
        let Digest { span, against, figures, lists, note, .. } = self.digest;
        let mut text = format!("{}\n{span}, against {against}\n\n", self.site);
        lines(&mut text, figures);
        if let Some(note) = note {
            let _ = writeln!(text, "\n{note}");
        }
        for list in lists {
            let _ = writeln!(text, "\n{} ({})", list.title, list.unit);
            lines(&mut text, &list.rows);
        }
        let _ = write!(
            text,
            "\nOpen the dashboard: {}\n\n-- \n{}\nUnsubscribe: {}\n",
            self.url,
            self.reason(),
            self.ends.page
        );
        text
    }

    fn html(&self) -> String {
        let Digest { span, against, figures, lists, note, .. } = self.digest;
        let mut html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title></head>\
             <body style=\"font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:15px;line-height:1.5;\
             max-width:560px;margin:0 auto;padding:24px 16px\"><main>\
             <h1 style=\"font-size:20px;margin:0\">{}</h1><p style=\"margin:0 0 20px;opacity:.7\">{}, against {against}</p>",
            escaped(&self.digest.subject),
            escaped(self.site),
            escaped(span),
        );
        table(&mut html, figures);
        if let Some(note) = note {
            let _ = write!(html, "<p style=\"opacity:.7\">{}</p>", escaped(note));
        }
        for list in lists {
            let _ = write!(
                html,
                "<h2 style=\"font-size:16px;margin:28px 0 4px\">{} <span style=\"font-weight:400;opacity:.7\">({})</span></h2>",
                list.title, list.unit
            );
            table(&mut html, &list.rows);
        }
        let _ = write!(
            html,
            "<p style=\"margin:28px 0\"><a href=\"{}\">Open the dashboard</a></p>\
             <p style=\"font-size:13px;opacity:.7;border-top:1px solid #8884;padding-top:12px\">{} \
             <a href=\"{}\">Unsubscribe</a></p></main></body></html>",
            escaped(self.url),
            escaped(&self.reason()),
            escaped(self.ends.page),
        );
        html
    }
}

/// Figures in columns.
fn lines(text: &mut String, figures: &[Figure]) {
    let width =
        |of: fn(&Figure) -> &String| figures.iter().map(|one| of(one).chars().count()).max().unwrap_or_default();
    let (label, value) = (width(|one| &one.label), width(|one| &one.value));
    for one in figures {
        let line = format!("{:<label$}  {:>value$}  {}", one.label, one.value, one.change);
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

fn table(html: &mut String, figures: &[Figure]) {
    html.push_str("<table style=\"border-collapse:collapse;width:100%\">");
    for Figure { label, value, change } in figures {
        let _ = write!(
            html,
            "<tr style=\"border-bottom:1px solid #8883\"><td style=\"padding:6px 8px 6px 0;word-break:break-word\">{}</td>\
             <td style=\"padding:6px 8px;text-align:right;white-space:nowrap;width:1%\"><b>{}</b></td>\
             <td style=\"padding:6px 0 6px 8px;text-align:right;white-space:nowrap;width:96px;opacity:.7\">{}</td></tr>",
            escaped(label),
            escaped(value),
            escaped(change),
        );
    }
    html.push_str("</table>");
}
