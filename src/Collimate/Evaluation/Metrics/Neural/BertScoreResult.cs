namespace Collimate.Evaluation.Metrics.Neural;

/// <summary>Precision, recall and F1 of BERTScore; about 0 to 1, and below 0 where a baseline is taken off.</summary>
/// <param name="Precision">How well the candidate's tokens are found in the reference.</param>
/// <param name="Recall">How well the reference's tokens are found in the candidate.</param>
/// <param name="F1">Their harmonic mean.</param>
public readonly record struct BertScoreResult(double Precision, double Recall, double F1);
