pub fn routes(_r: &mut crate::ocs::Routes) {}
