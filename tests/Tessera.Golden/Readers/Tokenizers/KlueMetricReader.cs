using Tessera.Evaluation.Metrics;

namespace Tessera.Golden;

/// <summary>KLUE's metrics: the case's name begins with the metric's.</summary>
internal sealed class KlueMetricReader : IGoldenReader
{
    private static readonly string[] s_metrics =
    [
        "ynat_macro_f1", "nli_accuracy", "sts_pearson", "sts_f1", "ner_entity_macro_f1", "ner_char_macro_f1", "re_micro_f1", "re_auprc",
        "dp_uas_macro_f1", "dp_uas_micro_f1", "dp_las_macro_f1", "dp_las_micro_f1", "mrc", "wos_joint_goal_accuracy", "wos_slot_f1",
    ];

    public bool Covers(GoldenFile file, GoldenCase @case) => file.Root.Has("ner_labels") && @case.Has("expected") && s_metrics.Contains(Metric(@case));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tolerance = Tolerance.AbsoluteOrRelative(@case.File.Tolerance("metrics"));
        if (Metric(@case) == "mrc") Answers(@case, check, tolerance);
        else check.Close(@case.Expected, Score(@case), tolerance);
    }

    private static string Metric(GoldenCase @case) => @case.Name.Split('/')[0];

    private static double Score(GoldenCase @case)
    {
        var input = @case.Input;
        int[] Ints(string key) => input[key].AsInts();
        double[] Doubles(string key) => input[key].AsDoubles();
        EntityTags Tags() => new([.. @case.File.Root["ner_labels"].AsStrings().Select(static s => s!)]);
        return Metric(@case) switch
        {
            "ynat_macro_f1" => ClassificationScores.MacroF1(Ints("predictions"), Ints("targets")),
            "nli_accuracy" => ClassificationScores.Accuracy(Ints("predictions"), Ints("targets")),
            "sts_pearson" => SimilarityScores.Pearson(Doubles("predictions"), Doubles("labels"))!.Value,
            "sts_f1" => SimilarityScores.F1(Doubles("predictions"), Doubles("labels")),
            "ner_entity_macro_f1" => Tags().EntityMacroF1(Ints("predictions"), Ints("labels")),
            "ner_char_macro_f1" => Tags().CharacterMacroF1(Ints("predictions"), Ints("labels")),
            "re_micro_f1" => ClassificationScores.MicroF1(Ints("predictions"), Ints("labels"), input["no_relation"].AsInt()),
            "re_auprc" => ClassificationScores.AreaUnderPrecisionRecall(input["probabilities"].AsDoubleRows(), Ints("labels")).Area,
            "dp_uas_macro_f1" => Trees(input).UnlabelledMacro,
            "dp_uas_micro_f1" => Trees(input).UnlabelledMicro,
            "dp_las_macro_f1" => Trees(input).LabelledMacro,
            "dp_las_micro_f1" => Trees(input).LabelledMicro,
            "wos_joint_goal_accuracy" => DialogueStateScores.JointGoalAccuracy(States(input["predictions"]), States(input["gold"])),
            "wos_slot_f1" => DialogueStateScores.SlotF1(States(input["predictions"]), States(input["gold"])),
            _ => throw new NotCoveredException("no such metric"),
        };
    }

    private static DependencyScores Trees(GoldenValue input)
    {
        var scores = new DependencyScores();
        var (heads, types) = (input["gold_heads"].AsIntRows(), input["gold_types"].AsIntRows());
        var (predictedHeads, predictedTypes) = (input["predicted_heads"].AsIntRows(), input["predicted_types"].AsIntRows());
        for (var i = 0; i < heads.Length; i++) scores.Add(heads[i], types[i], predictedHeads[i], predictedTypes[i]);
        return scores;
    }

    private static List<IReadOnlyCollection<string>> States(GoldenValue turns) => [.. turns.Items.Select(static t => (IReadOnlyCollection<string>)[.. t.AsStrings().Select(static s => s!)])];

    private static void Answers(GoldenCase @case, GoldenCheck check, Tolerance tolerance)
    {
        var prediction = @case.Input["prediction"].AsString();
        string[] answers = [.. @case.Input["answers"].AsStrings().Select(static s => s!)];
        check.Equal(@case.Expected["normalized_prediction"], AnswerScores.Normalize(prediction));
        // The original puts an empty string in the place of no answers.
        check.SameStrings(@case.Expected["normalized_answers"], [.. (answers.Length == 0 ? [""] : answers).Select(AnswerScores.Normalize)]);
        check.Close(@case.Expected["exact_match"], AnswerScores.ExactMatch(prediction, answers), tolerance);
        check.Close(@case.Expected["rouge_w"], AnswerScores.RougeW(prediction, answers), tolerance);
    }
}
