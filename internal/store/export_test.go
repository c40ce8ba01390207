package store

// Sold is the condition that the index orders_sold must have.
const Sold = sold
