//! Which languages, locales and time zones there are. Source: server.md 5.4.

use chrono::{DateTime, Offset, TimeZone};

/// The languages with a code of two letters: ISO 639-1.
const SHORT: &str = "\
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz \
    ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik \
    io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml \
    mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd \
    se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve \
    vi vo wa wo xh yi yo za zh zu";
/// Languages with a code of three letters that locales exist for: ISO 639-2 and 639-3.
const LONG: &str = "\
    agq asa ast bas bem bez brx ccp ceb cgg chr ckb dav dje doi dsb dua dyo ebu ewo fil fur gsw guz haw hsb \
    jgo jmc kab kam kde kea khq kkj kln kok ksb ksf ksh lag lkt lrc luo luy mai mas mer mfe mgh mgo mni mua \
    mzn naq nds nmg nnh nus nyn pcm rof rwk sah saq sat sbp seh ses shi smn szl teo twq tzm vai vun wae xog \
    yav yue zgh";

/// `de`, `de_DE`, `sr@latin`, `zh_Hans_CN`: a language, and what it is like.
pub fn is_language(code: &str) -> bool {
    let mut parts = code.split(['_', '-', '@']);
    let main = parts.next().unwrap_or_default().to_ascii_lowercase();
    let known = match main.len() {
        2 => SHORT,
        3 => LONG,
        _ => return false,
    };
    known.split(' ').any(|language| language == main)
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// `UTC`, `Europe/Berlin`, `America/Argentina/Buenos_Aires`, `Etc/GMT+1`.
pub fn is_timezone(name: &str) -> bool {
    name.parse::<chrono_tz::Tz>().is_ok()
}

/// By how much clocks in this time zone are ahead of UTC at a moment (Unix seconds); 0 if there is no such zone.
///
/// Units: seconds, negative to the west.
pub fn ahead_of_utc(name: &str, at: i64) -> i64 {
    let zone = name.parse::<chrono_tz::Tz>().ok();
    let offset = zone.zip(DateTime::from_timestamp(at, 0)).map(|(zone, at)| {
        let here = zone.offset_from_utc_datetime(&at.naive_utc());
        i64::from(here.fix().local_minus_utc())
    });
    offset.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_ahead_of_utc_by_place_and_season() {
        const JANUARY: i64 = 1_767_225_600;
        const JULY: i64 = 1_782_864_000;
        for (name, at, expected) in [
            ("UTC", JULY, 0),
            ("Europe/Berlin", JANUARY, 3_600),
            ("Europe/Berlin", JULY, 7_200),
            ("America/New_York", JANUARY, -18_000),
            ("America/New_York", JULY, -14_400),
            ("Asia/Kolkata", JULY, 19_800),
            ("Etc/GMT+1", JULY, -3_600),
            ("", JULY, 0),
            ("Mars/X", JULY, 0),
            ("Europe/Berlin", i64::MAX, 0),
        ] {
            assert_eq!(ahead_of_utc(name, at), expected, "{name} {at}");
        }
    }

    #[test]
    fn a_language_is_one_that_people_speak() {
        for (code, expected) in [
            ("de", true),
            ("DE", true),
            ("de_DE", true),
            ("pt-BR", true),
            ("sr@latin", true),
            ("zh_Hans_CN", true),
            ("es_419", true),
            ("ast", true),
            ("zu", true),
            ("yue_Hant_HK", true),
            ("aa", true),
            ("xx", false),
            ("zz", false),
            ("xyz", false),
            ("xx_DE", false),
            ("d", false),
            ("a ", false),
            ("", false),
            ("german", false),
            ("de_", false),
            ("de_D", false),
            ("de_DE!", false),
            ("d\u{e9}", false),
        ] {
            assert_eq!(is_language(code), expected, "{code}");
        }
    }

    #[test]
    fn a_time_zone_is_one_of_this_planet() {
        for (name, expected) in [
            ("UTC", true),
            ("Europe/Berlin", true),
            ("Asia/Calcutta", true),
            ("Asia/Kolkata", true),
            ("Europe/Kyiv", true),
            ("America/Argentina/Buenos_Aires", true),
            ("Etc/GMT+1", true),
            ("", false),
            ("Mars/X", false),
            ("Europe", false),
            ("Europe/", false),
            ("../etc/passwd", false),
        ] {
            assert_eq!(is_timezone(name), expected, "{name}");
        }
    }
}
