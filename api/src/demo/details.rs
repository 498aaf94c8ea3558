//! What one ticket is about in particular: the words that texts are filled in with.

use std::borrow::Cow;

use chrono::{Datelike, TimeDelta};
use entity::{TicketSource, Timestamp};
use serde_json::{Map, Value};

use super::{
    dice::Dice,
    people::Customer,
    texts::{Case, Region, Texts},
};

/// The words for one ticket.
#[derive(Clone, Debug)]
pub(super) struct Details {
    customer: String,
    name: String,
    city: String,
    street: String,
    item: String,
    merchant: String,
    merchant_id: String,
    amount: String,
    refund: String,
    date: String,
    day: String,
    order: String,
    bid: String,
    payout: String,
    purchase_event: String,
    tracking: String,
    voucher: String,
    code: String,
    card: String,
    carrier: String,
    bank: String,
    row: String,
    count: String,
    minutes: String,
    days: String,
    device: String,
    os: String,
    browser: String,
    app: String,
    network: String,
    on_phone: bool,
}

impl Details {
    /// Throws the details of a ticket that `customer` opens at `at`.
    pub(super) fn new(texts: &Texts, customer: &Customer, at: Timestamp, dice: &mut Dice) -> Self {
        let things = &texts.things;
        let text = |dice: &mut Dice, prefix: &str, low: usize, high: usize| {
            format!("{prefix}{}", dice.within(low, high))
        };
        let region = texts.regions.get(customer.region);
        let (item, low, high) = dice
            .pick(&things.items)
            .map_or(("parcel", 10, 90), |item| (item.0.as_str(), item.1, item.2));
        let euros = dice.within(low, high) as f64 - 0.1;
        let refund = (3 + dice.below(low.max(20))) as f64 * 0.5 + 2.0;
        let money = |euros| region.map_or_else(|| format!("{euros:.2}"), |r| money(r, euros));
        let merchant = match customer.merchant {
            Some(own) => own,
            None => dice.below(things.merchants.len()),
        };
        let earlier = at - TimeDelta::days(2 + dice.below(8) as i64);
        let on_phone = dice.chance(62.0);
        let devices = if on_phone {
            &things.phones
        } else {
            &things.computers
        };
        let (device, os) = dice.pick(devices).cloned().unwrap_or_default();
        let month = things
            .months
            .get(earlier.month0() as usize)
            .map_or("", String::as_str);
        Self {
            customer: customer.first.clone(),
            name: customer.name.clone(),
            city: region
                .map_or("", |region| dice.word(&region.cities))
                .to_owned(),
            street: region
                .map_or("", |region| dice.word(&region.streets))
                .to_owned(),
            item: item.to_owned(),
            merchant: things.merchants.get(merchant).cloned().unwrap_or_default(),
            merchant_id: format!("MER-{}", 1_000 + merchant * 37),
            amount: money(euros),
            refund: money(refund),
            date: format!("{} {month}", earlier.day()),
            day: dice.word(&things.days).to_owned(),
            order: text(dice, "ORD-", 2_100_000, 9_899_999),
            bid: text(dice, "BID-", 10_000, 99_999),
            payout: text(dice, "PO-", 200_000, 899_999),
            purchase_event: text(dice, "PE-", 1_000_000, 9_999_999),
            tracking: text(dice, "00340", 100_000_000, 999_999_999),
            voucher: text(dice, "HELLO", 10, 99),
            code: dice.word(&things.codes).to_owned(),
            card: format!("{:04}", dice.below(10_000)),
            carrier: dice.word(&things.carriers).to_owned(),
            bank: dice.word(&things.banks).to_owned(),
            row: text(dice, "", 12, 2_400),
            count: text(dice, "", 2, 9),
            minutes: text(dice, "", 15, 75),
            days: text(dice, "", 3, 12),
            device,
            os,
            browser: dice.word(&things.browsers).to_owned(),
            app: dice.word(&things.apps).to_owned(),
            network: dice.word(&things.networks).to_owned(),
            on_phone,
        }
    }

    /// A text with its `{words}` filled in, beginning with a capital. `agent` writes it, or is
    /// spoken to; `colleague` is another member of staff.
    pub(super) fn fill(&self, text: &str, agent: &str, colleague: &str) -> String {
        let mut filled = String::with_capacity(text.len() + 40);
        let mut rest = text;
        while let Some((before, (word, after))) = rest
            .split_once('{')
            .and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
        {
            filled.push_str(before);
            match self.word(word, agent, colleague) {
                Some(word) => filled.push_str(&word),
                None => filled.extend(["{", word, "}"]),
            }
            rest = after;
        }
        filled.push_str(rest);
        match filled.chars().next().filter(|first| first.is_lowercase()) {
            Some(first) => first.to_uppercase().chain(filled.chars().skip(1)).collect(),
            None => filled,
        }
    }

    fn word<'a>(&'a self, word: &str, agent: &'a str, colleague: &'a str) -> Option<Cow<'a, str>> {
        let value: &str = match word {
            "agent" => agent,
            "agent2" => colleague,
            "customer" => &self.customer,
            "name" => &self.name,
            "city" => &self.city,
            "street" => &self.street,
            "item" => &self.item,
            "merchant" => &self.merchant,
            "amount" => &self.amount,
            "refund" => &self.refund,
            "date" => &self.date,
            "day" => &self.day,
            "order" => &self.order,
            "bid" => &self.bid,
            "payout" => &self.payout,
            "tracking" => &self.tracking,
            "voucher" => &self.voucher,
            "code" => &self.code,
            "card" => &self.card,
            "carrier" => &self.carrier,
            "bank" => &self.bank,
            "row" => &self.row,
            "count" => &self.count,
            "minutes" => &self.minutes,
            "days" => &self.days,
            "device" => &self.device,
            "os" => &self.os,
            "browser" => &self.browser,
            "app" => &self.app,
            _ => return None,
        };
        Some(Cow::Borrowed(value))
    }

    /// Links to the things of the host product that `case` is about: kind and id.
    pub(super) fn links(&self, case: &Case) -> Vec<(String, String)> {
        let id = |kind: &str| match kind {
            "order" => Some(self.order.clone()),
            "merchant" => Some(self.merchant_id.clone()),
            "row" => Some(format!("{}/{}", self.merchant_id, self.row)),
            "bid" => Some(self.bid.clone()),
            "purchase_event" => Some(self.purchase_event.clone()),
            "payout" => Some(self.payout.clone()),
            _ => None,
        };
        case.links
            .iter()
            .filter_map(|kind| Some((kind.clone(), id(kind)?)))
            .collect()
    }

    /// What the customer's client told of itself, with the error for the case if there is one.
    pub(super) fn environment(&self, case: &Case, variant: usize, source: TicketSource) -> Value {
        let mut fields = Map::new();
        let mut put = |name: &str, value: &str| {
            fields.insert(name.to_owned(), Value::String(value.to_owned()));
        };
        put("device", &self.device);
        put("os", &self.os);
        put("network", &self.network);
        if self.on_phone && source == TicketSource::App {
            put("appVersion", &self.app);
        } else {
            put("browser", &self.browser);
        }
        if let Some(error) = case.errors.iter().find(|error| error.suits(variant)) {
            put("errorText", &self.fill(&error.0, "", ""));
            put("stepsToReproduce", &self.fill(&error.1, "", ""));
        }
        Value::Object(fields)
    }
}

/// A sum as people of a region write it.
fn money(region: &Region, euros: f64) -> String {
    let sum = euros * region.rate;
    let number = if region.rate < 30.0 {
        format!("{sum:.2}")
    } else {
        let tens = (sum / 10.0).round() as u64 * 10;
        let digits = tens.to_string();
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped
    };
    region.money.replacen("{}", &number, 1)
}
