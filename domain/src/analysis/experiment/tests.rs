mod oracle;
mod plans;
mod published;
mod simulation;
