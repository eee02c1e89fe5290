"""Finds solar cycles in yearly sunspot numbers."""

import csv
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Cycle:
    """A cycle from one minimum to the next."""

    begin: int
    peak: int
    end: int
    highest: float

    @property
    def years(self):
        return self.end - self.begin


def read_numbers(path):
    """Years and sunspot numbers from a CSV file with the columns `year` and `sunspots`."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = [(int(row["year"]), float(row["sunspots"])) for row in csv.DictReader(file)]
    years, numbers = zip(*sorted(rows))
    return np.array(years), np.array(numbers)


def smooth(numbers, window):
    """A running mean over an odd number of years; at the ends over as many as there are."""
    if window < 1 or window % 2 == 0:
        raise ValueError(f"the smoothing has to span an odd number of years, not {window}")
    sums = np.convolve(numbers, np.ones(window), mode="same")
    counts = np.convolve(np.ones(len(numbers)), np.ones(window), mode="same")
    return sums / counts


def find_minima(numbers, shortest):
    """Indices of local minima at least `shortest` years apart; of two that are closer, the deeper one."""
    found = []
    for index in range(1, len(numbers) - 1):
        if not (numbers[index] <= numbers[index - 1] and numbers[index] < numbers[index + 1]):
            continue
        if found and index - found[-1] < shortest:
            if numbers[index] < numbers[found[-1]]:
                found[-1] = index
        else:
            found.append(index)
    return found


def find_cycles(years, numbers, smoothing_years, shortest_cycle):
    """All cycles that begin and end within the data, oldest first."""
    minima = find_minima(smooth(numbers, smoothing_years), shortest_cycle)
    cycles = []
    for begin, end in zip(minima, minima[1:]):
        peak = begin + int(np.argmax(numbers[begin:end]))
        cycles.append(Cycle(int(years[begin]), int(years[peak]), int(years[end]), float(numbers[peak])))
    return cycles


def mean_length(cycles):
    """Mean and standard deviation of the cycles' lengths, in years."""
    lengths = [cycle.years for cycle in cycles]
    return float(np.mean(lengths)), float(np.std(lengths))
