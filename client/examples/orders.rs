//! A shop's server tells of an order.

use std::error::Error;
use std::time::Duration;

use tidemark_client::{Client, Event, Status};

/// Begins once, and is used for all orders.
pub fn tell_of_an_order(tidemark: &Client) -> Result<(), Box<dyn Error>> {
    let order = Event::new("purchase")
        .client("customer-17")
        .id("order-4711")
        .page("https://shop.example/checkout")
        .property("plan", "pro")
        .revenue(49.90, "EUR");
    let receipt = tidemark.send(order)?;
    // Only who wants to know waits: the event leaves within five seconds.
    tidemark.flush(Duration::from_secs(10));
    match receipt.wait(Duration::ZERO) {
        Some(outcome) if outcome.status == Status::Accepted => println!("counted"),
        other => println!("{other:?}"),
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = std::env::args().nth(1).unwrap_or("https://EDGE.example".to_owned());
    let tidemark = Client::new(&endpoint, "UA-123456-1")?;
    tell_of_an_order(&tidemark)
}
