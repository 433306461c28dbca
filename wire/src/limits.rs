//! The bounds of everything that comes from outside, with the arithmetic that set them.

/// Events in one request. The founding documents' own figure.
pub const BATCH_EVENTS_MAX: usize = 500;

/// Bytes of an ingest body: [`BATCH_EVENTS_MAX`] events of 2 KiB, which is ten times a usual event.
pub const BODY_BYTES_MAX: usize = BATCH_EVENTS_MAX * 2048;

/// Bytes of what a refusal says of one field, and of the field's name: both may quote what was sent. An envelope's
/// refusals are stored with its batch id, so [`BATCH_EVENTS_MAX`] of them must fit a row of 2 MB beside the rest.
pub const QUOTED_BYTES_MAX: usize = 300;

/// Bytes of a beacon's query string: what servers and proxies commonly let through as a URL.
pub const BEACON_QUERY_BYTES_MAX: usize = 8 * 1024;

/// Nesting of containers in an ingest body. The deepest legal path is
/// batch → events → event → custom_properties → value: 5. The rest is room for unknown fields.
pub const DEPTH_MAX: usize = 16;

/// Values of any kind in one ingest body: 500 events × (26 fields + 32 properties) × (key + value) are 58 000,
/// rounded up.
pub const VALUES_MAX: usize = 64 * 1024;

/// Bytes of a tracking id.
pub const TRACKING_ID_BYTES_MAX: usize = 64;

/// Bytes of a batch id; at least [`BATCH_ID_BYTES_MIN`], so that it can carry 96 random bits.
pub const BATCH_ID_BYTES_MAX: usize = 64;

/// Fewest bytes of a batch id: 16 characters of base64url are 96 bits.
pub const BATCH_ID_BYTES_MIN: usize = 16;

/// Bytes of a client, session or event id.
pub const CLIENT_ID_BYTES_MAX: usize = 128;

/// Bytes of an event type.
pub const EVENT_TYPE_BYTES_MAX: usize = 64;

/// Bytes of a URL or referrer.
pub const URL_BYTES_MAX: usize = 2048;

/// Bytes of a page title.
pub const TITLE_BYTES_MAX: usize = 512;

/// Custom properties of one event.
pub const PROPERTIES_MAX: usize = 32;

/// Bytes of a campaign tag (`utm_…`), or of a browser's name as the sender gives it. Longer ones are cut.
pub const CAMPAIGN_BYTES_MAX: usize = 128;

/// Bytes of a custom property's name.
pub const PROPERTY_NAME_BYTES_MAX: usize = 64;

/// Bytes of a custom property's text.
pub const PROPERTY_TEXT_BYTES_MAX: usize = 1024;

/// How far back a server event's timestamp, or a page's age of an event, may lie: 48 h.
pub const EVENT_AGE_MAX_MS: u64 = 48 * 60 * 60 * 1000;

/// How far ahead of the edge's clock a server event's timestamp may lie: 60 s.
pub const EVENT_AHEAD_MAX_MS: u64 = 60 * 1000;

/// Bytes of one sealed frame: a few commits of an aggregator's log page, and far below the 2 MB that a
/// Durable Object stores in one row.
pub const FRAME_BYTES_MAX: usize = 256 * 1024;

/// Rollup rows in one frame: [`FRAME_BYTES_MAX`] over the ~60 bytes of the smallest row, rounded down.
pub const FRAME_ROWS_MAX: usize = 4096;

/// Raw events in one frame, by the same arithmetic (~200 bytes an event).
pub const FRAME_EVENTS_MAX: usize = 4096;

/// Bytes of a rollup row's dimension value. Values are cut here by the edge.
pub const VALUE_BYTES_MAX: usize = 512;

/// Bytes of a query's body.
pub const QUERY_BYTES_MAX: usize = 64 * 1024;

/// Rows a query may ask for.
pub const QUERY_LIMIT_MAX: usize = 10_000;

/// Days a query may span: ten years, the longest that a site may keep its rollups, and its leap days.
pub const QUERY_DAYS_MAX: i64 = 10 * 366;

/// Time buckets a query may ask for: 366 days of hours, rounded up.
pub const QUERY_BUCKETS_MAX: i64 = 10_000;

/// Dimensions besides time that a query may break down by.
pub const QUERY_DIMENSIONS_MAX: usize = 5;

/// Tests and connectives in one query's filters.
pub const FILTER_PARTS_MAX: usize = 64;

/// Nesting of a query's filters.
pub const FILTER_DEPTH_MAX: usize = 8;

/// Behaviours of people that one question may ask for, each once: their sets are read in one scan, a bit each.
pub const BEHAVIOURS_MAX: usize = 10;

/// Times that somebody may be asked to have done something.
pub const BEHAVIOUR_TIMES_MAX: u64 = 1_000_000;

/// Values one filter may list.
pub const FILTER_VALUES_MAX: usize = 100;

/// Objects that may share one site's visitors: each takes a site's usual 1 000 events a second alone.
pub const SHARDS_MAX: u16 = 256;

/// Goals of one site.
pub const GOALS_MAX: usize = 50;

/// Bytes of a goal's name.
pub const GOAL_NAME_BYTES_MAX: usize = 64;

/// Custom properties of one site that are counted by value.
pub const DECLARED_PROPERTIES_MAX: usize = 30;

/// Pairs of dimensions that one site counts together.
pub const PAIRS_MAX: usize = 10;

/// Exchange rates of one site: more currencies than most shops take. At 80 bytes each, 5 KB.
pub const EXCHANGE_RATES_MAX: usize = 64;

/// Bytes of a site's settings: 50 goals and 30 properties at their longest, rounded up.
pub const SETTINGS_BYTES_MAX: usize = 64 * 1024;

/// Bytes of one value in a pair: two of them and their names stay within [`VALUE_BYTES_MAX`].
pub const PAIR_PART_BYTES_MAX: usize = 230;

/// Outcome rows in one frame: a minute or two of every reason there is.
pub const FRAME_OUTCOMES_MAX: usize = 256;

/// Largest amount of money of one event, in units of its currency: sums of millions of them fit 64 bits.
pub const REVENUE_MAX: f64 = 1e9;

/// Longest time in view that one event may report: a day.
pub const ENGAGED_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// Fewest steps of a funnel: with one there is nothing to get to.
pub const FUNNEL_STEPS_MIN: usize = 2;

/// Most steps of a funnel; with [`FUNNEL_EXCLUSIONS_MAX`] they are bits of one number of 32.
pub const FUNNEL_STEPS_MAX: usize = 10;

/// Saved segments that a funnel is broken down by: each is asked for twice.
pub const FUNNEL_SEGMENTS_MAX: usize = 5;

/// Exclusions of a funnel.
pub const FUNNEL_EXCLUSIONS_MAX: usize = 5;

/// Shortest window of a funnel or way, seconds.
pub const WINDOW_MIN_S: u64 = 1;

/// Longest: 90 days.
pub const WINDOW_MAX_S: u64 = 90 * 24 * 60 * 60;

/// Bytes of the name of a funnel, of a step or of a group of pages.
pub const FUNNEL_NAME_BYTES_MAX: usize = 100;

/// Funnels of a site.
pub const FUNNELS_MAX: usize = 200;

/// Bytes of a funnel's definition as JSON: with [`FUNNELS_MAX`] of them a site's list is at most 3.2 MB.
pub const FUNNEL_BYTES_MAX: usize = 16 * 1024;

/// Values that a breakdown about people answers; the others are one.
pub const PEOPLE_GROUPS_MAX: usize = 50;

/// Next actions that a step answers; the others are one.
pub const NEXT_ACTIONS_MAX: usize = 20;

/// Periods behind the first that retention looks at: with the first they are bits of one number of 128.
pub const RETENTION_PERIODS_MAX: usize = 90;

/// Cohorts that retention answers: a year of days. With [`RETENTION_PERIODS_MAX`] they are 33 306 cells.
pub const RETENTION_COHORTS_MAX: usize = 366;

/// Buckets of time that lifecycle answers: a year of days. Of each value four numbers of 4 bytes are kept for each, 6 KB.
pub const LIFECYCLE_BUCKETS_MAX: usize = 366;

/// Columns of paths behind the first.
pub const PATH_DEPTH_MAX: usize = 10;

/// Steps in one column of paths.
pub const PATH_NODES_MAX: usize = 50;

/// Groups of pages in paths.
pub const PATH_GROUPS_MAX: usize = 20;

/// Variants of an experiment, the control among them.
pub const EXPERIMENT_VARIANTS_MAX: usize = 20;

/// Metrics of an experiment; with the exposure they are bits of one number of 30.
pub const EXPERIMENT_METRICS_MAX: usize = 10;

/// Experiments that a site keeps.
pub const EXPERIMENTS_MAX: usize = 200;

/// Bytes of an experiment's name.
pub const EXPERIMENT_NAME_BYTES_MAX: usize = 100;

/// Bytes of an experiment's definition as JSON: with [`EXPERIMENTS_MAX`] of them a site's list is at most 3.2 MB.
pub const EXPERIMENT_BYTES_MAX: usize = 16 * 1024;

/// Values that attribution answers, and that its data-driven model tells apart; the others are one. The model solves as
/// many equations.
pub const ATTRIBUTION_ROWS_MAX: usize = 100;

/// Ways to conversions that attribution answers.
pub const ATTRIBUTION_PATHS_MAX: usize = 100;
