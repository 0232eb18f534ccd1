//! Who makes room when too many handshakes are under way at our port.
//!
//! Handshakes alone are counted: a peer whose request was offered to the hub is no part of the crowd
//! any more, so that any number of devices may live behind one address.

use std::{collections::VecDeque, net::IpAddr};

/// The handshakes under way, the oldest first.
#[derive(Debug)]
pub(super) struct Crowd<T> {
    under_way: VecDeque<(IpAddr, T)>,
    /// The most of all.
    most: usize,
    /// The most of one address.
    most_of_one: usize,
}

impl<T> Crowd<T> {
    /// Nobody; each limit is at least 1.
    pub(super) fn new(most: usize, most_of_one: usize) -> Self {
        Self { under_way: VecDeque::new(), most: most.max(1), most_of_one: most_of_one.max(1) }
    }

    /// Holds to these limits from now on. Nobody has to go for it.
    pub(super) fn set_limits(&mut self, most: usize, most_of_one: usize) {
        (self.most, self.most_of_one) = (most.max(1), most_of_one.max(1));
    }

    /// Forgets those that have ended.
    pub(super) fn retain(&mut self, is_under_way: impl Fn(&T) -> bool) {
        self.under_way.retain(|(_, handshake)| is_under_way(handshake));
    }

    /// Adds a handshake; the one that has to make room for it is given back: the oldest of the same
    /// address if that has its share already, else the oldest of the address with the most.
    pub(super) fn enter(&mut self, from: IpAddr, handshake: T) -> Option<T> {
        let giving = if self.count(from) >= self.most_of_one {
            Some(from)
        } else if self.under_way.len() >= self.most {
            self.busiest()
        } else {
            None
        };
        let oldest = |ip: IpAddr| self.under_way.iter().position(|(of, _)| *of == ip);
        let displaced = giving.and_then(oldest).and_then(|at| self.under_way.remove(at));
        self.under_way.push_back((from, handshake));
        displaced.map(|(_, handshake)| handshake)
    }

    fn count(&self, from: IpAddr) -> usize {
        self.under_way.iter().filter(|(of, _)| *of == from).count()
    }

    /// The address with the most handshakes; of equal ones that of the oldest handshake.
    fn busiest(&self) -> Option<IpAddr> {
        // The last of equal ones counts, so it is asked from the youngest on.
        self.under_way.iter().rev().map(|(of, _)| *of).max_by_key(|of| self.count(*of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn an_address_with_its_share_makes_room_for_itself() {
        let mut crowd = Crowd::new(10, 2);
        for (from, handshake, displaced) in
            [(1, "a", None), (2, "b", None), (1, "c", None), (1, "d", Some("a")), (2, "e", None)]
        {
            assert_eq!(crowd.enter(ip(from), handshake), displaced, "{handshake}");
        }
        crowd.retain(|handshake| *handshake != "c");
        assert_eq!(crowd.enter(ip(1), "f"), None, "what has ended counts no longer");
    }

    #[test]
    fn in_a_full_house_the_oldest_of_the_busiest_address_makes_room() {
        let mut crowd = Crowd::new(4, 3);
        for (from, handshake, displaced) in [
            (1, "a", None),
            (2, "b", None),
            (2, "c", None),
            (3, "d", None),
            (4, "e", Some("b")),
            (5, "f", Some("a")),
            (6, "g", Some("c")),
        ] {
            assert_eq!(crowd.enter(ip(from), handshake), displaced, "{handshake}");
        }
    }

    #[test]
    fn new_limits_count_from_the_next_one_on() {
        let mut crowd = Crowd::new(4, 4);
        assert_eq!((crowd.enter(ip(1), "a"), crowd.enter(ip(1), "b")), (None, None));
        crowd.set_limits(4, 1);
        assert_eq!(crowd.enter(ip(1), "c"), Some("a"));
        crowd.set_limits(4, 4);
        assert_eq!(crowd.enter(ip(1), "d"), None);
    }

    #[test]
    fn a_limit_of_nothing_lets_one_in() {
        let mut crowd = Crowd::new(0, 0);
        assert_eq!(crowd.enter(ip(1), 1), None);
        assert_eq!(crowd.enter(ip(1), 2), Some(1));
        assert_eq!(crowd.enter(ip(2), 3), Some(2));
    }
}
