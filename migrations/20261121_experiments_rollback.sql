-- Warning: deletes every experiment, learning, reflection, piece of evidence and metric.
DROP TABLE IF EXISTS self_efficacy_metrics CASCADE;
DROP TABLE IF EXISTS capability_evidence CASCADE;
DROP TABLE IF EXISTS learning_data CASCADE;
DROP TABLE IF EXISTS experiment_reflections CASCADE;
DROP TABLE IF EXISTS experiment_changes CASCADE;
DROP TABLE IF EXISTS experiments CASCADE;
