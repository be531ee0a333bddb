use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

/// The code of a country (ISO 3166-1 alpha-2: `AU`, `KR`) or of an organisation (`EU`, `ASEAN`,
/// `UNODC`): 2 to 10 capital letters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartyCode(pub entities::PartyCode);

crate::heap_size::heap_size! {
    PartyCode { 0 }
}

/// The code of a country (ISO 3166-1 alpha-2: `AU`, `KR`) or of an organisation (`EU`, `ASEAN`,
/// `UNODC`): 2 to 10 capital letters.
#[Scalar]
impl ScalarType for PartyCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        super::from_text(value, r#"a party code, for example "AU""#, |text| text.parse().map(Self))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.as_str().to_owned())
    }
}
