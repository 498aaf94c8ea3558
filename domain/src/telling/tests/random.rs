//! What holds for every event, whoever wants what.

use std::collections::HashSet;

use entity::{Audience, EventKind, MailMode, NotificationKind, Priority, TimerKind, Visibility};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::{
    actor::is_staff,
    sla::SlaNote,
    telling::preference::{Preference, is_for_staff},
};

const PEOPLE: [u128; 6] = [CARLA, ALICE, BOB, CHRIS, SARA, SIMON];

fn wish() -> impl Strategy<Value = Preference> {
    (select(MailMode::ALL), any::<bool>()).prop_map(|(mail, in_app)| Preference { mail, in_app })
}

prop_compose! {
    fn people()(
        wishes in vec(vec(option::of(wish()), NotificationKind::ALL.len()), PEOPLE.len()),
        roles in vec(select(Role::ALL), PEOPLE.len()),
        addresses in vec(any::<bool>(), PEOPLE.len()),
        survey in any::<bool>(),
        admin in any::<bool>(),
    ) -> Directory {
        let mut directory = directory();
        directory.survey = survey;
        if !admin {
            directory.admin_team.clear();
        }
        for (((number, wishes), role), has_address) in
            PEOPLE.iter().zip(wishes).zip(roles).zip(addresses)
        {
            let mut preferences = Preferences::default();
            for (kind, wish) in NotificationKind::ALL.iter().zip(wishes) {
                if let Some(wish) = wish {
                    preferences = preferences.with(*kind, wish);
                }
            }
            directory.people.insert(id(*number), Person { role, has_address, preferences });
        }
        directory
    }
}

prop_compose! {
    fn happening()(
        kind in select(EventKind::ALL),
        actor in option::of(select(&PEOPLE[..])),
        public in any::<bool>(),
        together in vec(select(EventKind::ALL), 0..3),
        assignee in option::of(select(&PEOPLE[..])),
        others in vec(select(&PEOPLE[..]), 0..3),
        before in option::of(vec(select(&PEOPLE[..]), 0..3)),
        priority in select(Priority::ALL),
        tell in option::of(vec(select(Audience::ALL), 0..3)),
    ) -> (event::Model, EventData, Vec<EventKind>) {
        let visibility = if public { Visibility::Public } else { Visibility::Staff };
        let mut data = data(facets());
        data.after.assignee = assignee.map(id);
        data.after.co_assignees = others.into_iter().map(id).collect();
        data.after.priority = priority;
        data.before = before.map(|people| Facets {
            co_assignees: people.into_iter().map(id).collect(),
            ..facets()
        });
        data.sla = tell.map(|tell| SlaNote {
            kind: TimerKind::Resolution,
            cycle: 1,
            level: "80%".to_owned(),
            due_at: Timestamp::default(),
            policy: "Everything".to_owned(),
            tell,
        });
        (event(kind, actor.map(id), visibility), data, together)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn nobody_is_told_what_they_may_not_or_do_not_want_to_know(
        (event, data, together) in happening(),
        directory in people(),
    ) {
        let tellings = planned(&event, &data, &together, &directory);
        let mut seen = HashSet::new();
        for telling in &tellings {
            let once = (telling.kind, telling.to.clone(), telling.via);
            prop_assert!(seen.insert(once), "twice: {telling:?}");
            let Some(kind) = telling.kind else {
                prop_assert_eq!(telling.via, Via::Webhook);
                continue;
            };
            let To::Person(to) = &telling.to else {
                prop_assert!(is_for_staff(kind), "the admin team got {kind:?}");
                continue;
            };
            let person = &directory.people[to];
            // The two sides of the desk.
            if is_for_staff(kind) {
                prop_assert!(is_staff(person.role), "{kind:?} for a customer");
            } else {
                prop_assert_eq!(*to, data.after.requester);
                prop_assert_eq!(event.visibility, Visibility::Public);
            }
            // What they did themselves.
            let anyway = [NotificationKind::TicketReceived, NotificationKind::Survey];
            prop_assert!(event.actor_id != Some(*to) || anyway.contains(&kind));
            // What they want.
            let wants = person.preferences.of(kind);
            match telling.via {
                Via::App => prop_assert!(wants.in_app),
                Via::Mail => prop_assert!(person.has_address && wants.mail != MailMode::Off),
                Via::Digest(_) => {
                    prop_assert_eq!(wants.mail, MailMode::Digest);
                    prop_assert!(person.has_address && is_staff(person.role));
                    prop_assert!(data.after.priority != Priority::Urgent);
                    prop_assert!(kind != NotificationKind::SlaBreach);
                }
                Via::Webhook => prop_assert!(false, "a person is no endpoint"),
            }
        }
    }

    /// Of a note, of deadlines and of what staff arrange, customers learn nothing.
    #[test]
    fn what_is_for_staff_reaches_no_customer(
        (event, data, together) in happening(),
        directory in people(),
    ) {
        let event = event::Model { visibility: Visibility::Staff, ..event };
        for telling in planned(&event, &data, &together, &directory) {
            if let To::Person(to) = telling.to {
                prop_assert!(is_staff(directory.people[&to].role));
            }
        }
    }
}
