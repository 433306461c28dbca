mod chance;
mod conditions;
mod made_up;
mod rules;
mod zones;
