using System.Globalization;
using Spectre.Console;
using Tessera.Insight.Detection;

namespace Tessera.Cli.Output;

/// <summary>What detectors say of texts, as tables or JSON: the scores, and with labels of both kinds how well they separate.</summary>
/// <param name="console">Where to write.</param>
/// <param name="detectors">The detectors, in the order of the scores.</param>
/// <param name="texts">The texts.</param>
/// <param name="few">Below so many tokens a score says next to nothing.</param>
internal sealed class DetectionReport(CommandConsole console, IReadOnlyList<(string Name, ITextDetector Detector)> detectors, IReadOnlyList<JudgedText> texts, int few)
{
    private const double FalseAlarms = 0.05, Found = 0.95; // where papers on detection read the curve

    /// <summary>Writes one text's scores as JSON.</summary>
    public static void WriteJson(CommandConsole console, IReadOnlyList<(string Name, ITextDetector Detector)> detectors, JudgedText judged, int few) => JsonLine.Write(console.Output, json =>
    {
        json.WriteStartObject("text");
        json.WriteString("source", judged.Text.Source);
        if (judged.Text.Label is { } label) json.WriteBoolean("label", label);
        else json.WriteNull("label");
        json.WriteNumber("scored", judged.Scored);
        json.WriteNumber("kept", judged.Kept);
        json.WriteBoolean("lowConfidence", judged.Scored < few);
        json.WriteStartObject("scores");
        for (var d = 0; d < detectors.Count; d++) json.Number(detectors[d].Name, judged.Scores[d] ?? double.NaN);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>Writes a row for each text, a column for each detector that gave any score.</summary>
    public void WriteScores()
    {
        var shown = Shown();
        var table = new ResultTable(["text", "label", "#tokens", .. shown.Select(d => "#" + detectors[d].Name)]);
        foreach (var judged in texts)
        {
            string[] cells =
            [
                VisibleText.ForTerminal(judged.Text.Source), judged.Text.Label switch { true => "yes", false => "no", null => "" },
                judged.Scored.ToString(CultureInfo.InvariantCulture) + (judged.Scored < few ? " (few)" : ""), .. shown.Select(d => Number(judged.Scores[d])),
            ];
            if (judged.Scored < few) table.AddColoured(Color.Grey, cells);
            else table.Add(cells);
        }

        table.WriteTo(console);
        var missing = Enumerable.Range(0, detectors.Count).Except(shown).Select(d => detectors[d].Name).ToList();
        if (missing.Count > 0) console.Note($"Without a score, for want of what they need: {string.Join(", ", missing)}. See: tessera methods NAME");
    }

    /// <summary>Writes how well each detector separates labelled texts, best first; nothing without labels of both kinds.</summary>
    public void WriteSeparation()
    {
        var curves = Curves();
        if (curves.Count == 0) return;
        console.Output.WriteLine();
        var table = new ResultTable("detector", "#AUC", "#found at 5 % false alarms", "#false alarms at 95 % found", "#best balanced accuracy");
        foreach (var (name, curve) in curves.OrderByDescending(static c => c.Curve.Area))
        {
            table.Add(name, Number(curve.Area), Number(curve.TruePositiveRateAt(FalseAlarms)), Number(curve.FalsePositiveRateAt(Found)), Number(curve.BestBalancedAccuracy));
        }

        table.WriteTo(console);
    }

    /// <summary>Writes the same as JSON, with the points of each curve.</summary>
    public void WriteSeparationJson()
    {
        foreach (var (name, curve) in Curves())
        {
            JsonLine.Write(console.Output, json =>
            {
                json.WriteStartObject("detector");
                json.WriteString("name", name);
                json.Number("auroc", curve.Area);
                json.Number("truePositiveRateAt5", curve.TruePositiveRateAt(FalseAlarms));
                json.Number("falsePositiveRateAt95", curve.FalsePositiveRateAt(Found));
                json.Number("bestBalancedAccuracy", curve.BestBalancedAccuracy);
                json.WriteStartArray("roc");
                foreach (var point in curve.Points)
                {
                    json.WriteStartArray();
                    json.WriteNumberValue(point.FalsePositiveRate);
                    json.WriteNumberValue(point.TruePositiveRate);
                    if (double.IsFinite(point.Threshold)) json.WriteNumberValue(point.Threshold);
                    else json.WriteNullValue();
                    json.WriteEndArray();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            });
        }
    }

    private List<(string Name, RocCurve Curve)> Curves()
    {
        var labelled = texts.Where(static t => t.Text.Label is not null).ToList();
        bool[] labels = [.. labelled.Select(static t => t.Text.Label!.Value)];
        var curves = new List<(string, RocCurve)>();
        if (!labels.Contains(true) || !labels.Contains(false)) return curves;
        for (var d = 0; d < detectors.Count; d++)
        {
            var at = d;
            double[] scores = [.. labelled.Select(t => t.Scores[at] ?? double.NaN)];
            if (!scores.Any(double.IsNaN)) curves.Add((detectors[d].Name, RocCurve.Of(scores, labels)));
        }

        return curves;
    }

    private int[] Shown() => [.. Enumerable.Range(0, detectors.Count).Where(d => texts.Any(t => t.Scores[d] is not null))];

    private static string Number(double? value) => value is { } number ? number.ToString("F4", CultureInfo.InvariantCulture) : "";
}
