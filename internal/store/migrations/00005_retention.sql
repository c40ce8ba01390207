-- +goose Up

-- When the particulars of a sweep were removed because they were old. The row stays: records
-- and their events name it.
ALTER TABLE sweeps ADD COLUMN pruned_at timestamptz;

-- +goose Down
ALTER TABLE sweeps DROP COLUMN pruned_at;
