//! What can go wrong.

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A request does not arrive.
    DropRequest,
    /// A request arrives and is acted upon; its answer does not.
    DropAnswer,
    /// A message arrives twice.
    Duplicate,
    /// A message arrives after all others that are under way.
    Delay,
    /// Nobody waits any longer for what is under way from one edge.
    TimeOut,
    /// For some time nothing passes, in one direction or both.
    Partition,
    /// An edge process ends between two steps.
    KillEdge,
    /// The aggregator's process ends between two steps, with all connections.
    KillAggregator,
    /// An edge's next commits fail.
    FillEdgeDisk,
    /// The aggregator's next commits fail.
    FillAggregatorDisk,
    /// An edge's clock jumps.
    SetEdgeClock,
    /// The aggregator's clock jumps.
    SetAggregatorClock,
    /// An edge's storage goes back to an earlier state.
    RollBackEdge,
    /// The aggregator starts again from its last backup.
    RollBackAggregator,
}

impl Fault {
    /// All.
    pub const ALL: [Self; 14] = [
        Self::DropRequest,
        Self::DropAnswer,
        Self::Duplicate,
        Self::Delay,
        Self::TimeOut,
        Self::Partition,
        Self::KillEdge,
        Self::KillAggregator,
        Self::FillEdgeDisk,
        Self::FillAggregatorDisk,
        Self::SetEdgeClock,
        Self::SetAggregatorClock,
        Self::RollBackEdge,
        Self::RollBackAggregator,
    ];

    /// How often it is drawn, against all that is drawn.
    pub fn share(self) -> usize {
        match self {
            Self::DropRequest | Self::DropAnswer | Self::Duplicate | Self::Delay => 4,
            Self::TimeOut => 8,
            Self::KillEdge | Self::KillAggregator | Self::RollBackEdge | Self::RollBackAggregator => 3,
            Self::FillEdgeDisk | Self::FillAggregatorDisk | Self::SetEdgeClock | Self::SetAggregatorClock => 2,
            Self::Partition => 1,
        }
    }
}
