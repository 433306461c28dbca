use demo::*;
use std::time::Instant;
fn main() {
    let last: jiff::civil::Date = "2026-11-22".parse().unwrap();
    let plan = Plan::until(1, last, 90, 100).unwrap();
    for mut stream in Stream::all(plan) {
        let site = stream.facts().tracking_id;
        let now = Instant::now();
        let s0 = demo::settings(site, wire::site::Settings { site: site.to_owned(), ..Default::default() });
        let until = jiff::Timestamp::from_second(1795350000).unwrap().as_millisecond() as u64;
        let mut n = 0u64;
        let mut gen_ = Stream::all(plan).into_iter().find(|s| s.facts().tracking_id == site).unwrap();
        while gen_.next_before(until).is_some() {
            n += 1;
        }
        println!("{site}: {n} events told in {:?}", now.elapsed());
        let now = Instant::now();
        let mut object = Object::new(plan, s0.clone(), wire::Epoch(1), wire::Seq(0));
        let mut tally = Tally::default();
        let (mut frames, mut bytes) = (0u64, 0u64);
        while let Some(h) = stream.next_before(until) {
            tally.add(object.take(h).unwrap());
            if object.is_full() {
                let f = object.seal().unwrap().unwrap();
                frames += 1;
                bytes += f.sealed.bytes.len() as u64;
            }
        }
        while let Some(f) = object.seal().unwrap() {
            frames += 1;
            bytes += f.sealed.bytes.len() as u64;
        }
        println!(
            "  {:?}: frames {frames}, {} MB, {} events/frame, visits {}, pageviews {}, visitors {}",
            now.elapsed(),
            bytes / 1_000_000,
            tally.events / frames,
            tally.visits,
            tally.pageviews(),
            tally.visitors.len()
        );
        println!("  {:?} {:?}", tally.types, tally.revenue);
    }
    println!("{:?}", incident::all(&plan));
}
