//! Where people are, by share.

/// A city.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// ISO 3166-1 alpha-2 country.
    pub country: &'static str,
    /// Subdivision: the part of ISO 3166-2 behind the hyphen.
    pub region: &'static str,
    /// City.
    pub city: &'static str,
    /// What most people speak there.
    pub language: &'static str,
    /// Of the readers of the blog, and of those who come for the product.
    pub shares: (u32, u32),
}

/// An address that no list knows.
pub const NOWHERE: Place = place("", "", "", "en", 8, 6);

const fn place(
    country: &'static str,
    region: &'static str,
    city: &'static str,
    language: &'static str,
    readers: u32,
    workers: u32,
) -> Place {
    Place { country, region, city, language, shares: (readers, workers) }
}

/// All of them.
pub const PLACES: &[Place] = &[
    place("DE", "BE", "Berlin", "de", 96, 18),
    place("DE", "HH", "Hamburg", "de", 52, 10),
    place("DE", "BY", "Munich", "de", 60, 16),
    place("DE", "NW", "Cologne", "de", 40, 8),
    place("DE", "HE", "Frankfurt am Main", "de", 26, 9),
    place("DE", "SN", "Leipzig", "de", 22, 2),
    place("AT", "9", "Vienna", "de", 48, 6),
    place("AT", "6", "Graz", "de", 14, 1),
    place("CH", "ZH", "Zurich", "de", 30, 9),
    place("CH", "GE", "Geneva", "fr", 9, 3),
    place("US", "CA", "San Francisco", "en", 34, 92),
    place("US", "CA", "Los Angeles", "en", 26, 46),
    place("US", "NY", "New York", "en", 44, 104),
    place("US", "WA", "Seattle", "en", 20, 40),
    place("US", "TX", "Austin", "en", 16, 48),
    place("US", "IL", "Chicago", "en", 15, 38),
    place("US", "MA", "Boston", "en", 14, 36),
    place("US", "CO", "Denver", "en", 9, 22),
    place("US", "GA", "Atlanta", "en", 8, 20),
    place("CA", "ON", "Toronto", "en", 18, 38),
    place("CA", "BC", "Vancouver", "en", 10, 16),
    place("CA", "QC", "Montreal", "fr", 8, 10),
    place("GB", "ENG", "London", "en", 58, 64),
    place("GB", "ENG", "Manchester", "en", 14, 12),
    place("GB", "SCT", "Edinburgh", "en", 12, 8),
    place("IE", "L", "Dublin", "en", 10, 14),
    place("FR", "IDF", "Paris", "fr", 38, 24),
    place("FR", "ARA", "Lyon", "fr", 13, 5),
    place("NL", "NH", "Amsterdam", "nl", 28, 22),
    place("NL", "UT", "Utrecht", "nl", 11, 5),
    place("BE", "BRU", "Brussels", "nl", 12, 6),
    place("DK", "84", "Copenhagen", "da", 16, 9),
    place("SE", "AB", "Stockholm", "sv", 20, 14),
    place("NO", "03", "Oslo", "nb", 12, 7),
    place("FI", "18", "Helsinki", "fi", 10, 6),
    place("PL", "14", "Warsaw", "pl", 20, 10),
    place("CZ", "10", "Prague", "cs", 14, 6),
    place("ES", "MD", "Madrid", "es", 20, 11),
    place("ES", "CT", "Barcelona", "es", 17, 10),
    place("PT", "11", "Lisbon", "pt", 11, 6),
    place("IT", "25", "Milan", "it", 20, 9),
    place("IT", "62", "Rome", "it", 12, 4),
    place("IN", "KA", "Bengaluru", "en", 22, 34),
    place("IN", "MH", "Mumbai", "en", 12, 14),
    place("SG", "", "Singapore", "en", 9, 14),
    place("JP", "13", "Tokyo", "ja", 20, 15),
    place("AU", "NSW", "Sydney", "en", 15, 20),
    place("AU", "VIC", "Melbourne", "en", 11, 13),
    place("NZ", "AUK", "Auckland", "en", 6, 5),
    place("BR", "SP", "São Paulo", "pt", 16, 14),
    place("MX", "CMX", "Mexico City", "es", 8, 10),
    place("ZA", "WC", "Cape Town", "en", 6, 5),
    NOWHERE,
];
