//! App passwords and ended sessions.

use super::{read, user, write};
use crate::model::{CookieKey, PushDevice, UserNumber};
use crate::store::{NewAppPassword, Store};

fn new<'p>(user: UserNumber, name: &'p str, secret_hash: &'p [u8; 32]) -> NewAppPassword<'p> {
    NewAppPassword {
        user,
        name,
        login_name: "with@devices",
        secret_hash,
    }
}

pub fn an_app_password_is_known_by_its_hash_and_never_numbered_twice(store: &dyn Store) {
    let (owner, first) = write(store, |tx| {
        let owner = tx.insert_user(&user("with-devices"), 1)?;
        Ok((
            owner,
            tx.insert_app_password(&new(owner, "phone", &[1; 32]), 5)?,
        ))
    })
    .unwrap();
    let found = read(store, |tx| tx.find_app_password(&[1; 32])).unwrap();
    let found = found.expect("by its hash");
    assert_eq!((found.id, found.user, found.wipe), (first, owner, false));
    assert_eq!((found.created_at, found.last_used_at), (5, 0));
    assert_eq!(found.login_name, "with@devices");
    let device = PushDevice {
        app_password: first,
        token_hash: "hash".into(),
        key: "key".into(),
        proxy: "https://proxy.example/".into(),
    };
    write(store, move |tx| {
        tx.put_device(&device, 5)?;
        tx.renew_app_password(first, &[2; 32])
    })
    .unwrap();
    let renewed = read(store, |tx| tx.find_app_password(&[2; 32])).unwrap();
    assert_eq!(renewed.map(|found| found.id), Some(first));
    let kept = read(store, move |tx| tx.find_device(first)).unwrap();
    assert_eq!(kept.map(|device| device.token_hash), Some("hash".into()));
    write(store, move |tx| {
        tx.touch_app_password(first, 9)?;
        tx.touch_app_password(first, 7)?;
        tx.wipe_app_password(first)
    })
    .unwrap();
    assert!(
        read(store, |tx| tx.find_app_password(&[1; 32]))
            .unwrap()
            .is_none()
    );
    let changed = read(store, move |tx| tx.find_app_password_by_id(first)).unwrap();
    let changed = changed.expect("by its number");
    assert_eq!((changed.last_used_at, changed.wipe), (9, true));
    assert_eq!((changed.name.as_str(), changed.created_at), ("phone", 5));
    assert_eq!(changed.login_name, "with@devices");
    let second = write(store, move |tx| {
        tx.delete_app_password(first)?;
        tx.insert_app_password(&new(owner, "tablet", &[3; 32]), 6)
    })
    .unwrap();
    assert!(first < second, "{first:?} {second:?}");
    let all = read(store, move |tx| tx.app_passwords_of(owner)).unwrap();
    assert_eq!(all.len(), 1);
    write(store, move |tx| tx.delete_user(owner)).unwrap();
    assert!(
        read(store, |tx| tx.find_app_password(&[3; 32]))
            .unwrap()
            .is_none()
    );
}

pub fn an_ended_session_stays_ended_until_it_is_forgotten(store: &dyn Store) {
    let cookie = CookieKey([7; 16]);
    write(store, move |tx| {
        tx.end_cookie(cookie, 100)?;
        tx.end_cookie(cookie, 200)
    })
    .unwrap();
    let ended = || read(store, move |tx| tx.is_session_ended(cookie)).unwrap();
    assert!(ended());
    write(store, |tx| tx.delete_ended_before(100)).unwrap();
    assert!(ended());
    write(store, |tx| tx.delete_ended_before(101)).unwrap();
    assert!(!ended());
}
