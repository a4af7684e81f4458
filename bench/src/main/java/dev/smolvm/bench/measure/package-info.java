/**
 * What a benchmark is: a {@link dev.smolvm.bench.measure.Scenario} with {@link dev.smolvm.bench.measure.Contender}s that record
 * {@link dev.smolvm.bench.measure.Figure}s, and a {@link dev.smolvm.bench.measure.Run} that lets them take turns and makes
 * {@link dev.smolvm.bench.measure.Findings} of it.
 *
 * <p>A new scenario is a class in {@code dev.smolvm.bench.scenario} and a line in {@code Scenarios}; a program to compare with
 * is a {@link dev.smolvm.bench.peer.Peer}.
 */
package dev.smolvm.bench.measure;
