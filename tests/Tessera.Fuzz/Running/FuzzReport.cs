using System.Globalization;
using System.Text.RegularExpressions;

namespace Tessera.Fuzz;

/// <summary>Counts how inputs ended: by stage, and by the family of the reason, numbers and names taken out.</summary>
internal sealed partial class FuzzReport
{
    private const int MostFindingsShown = 10;
    private readonly Dictionary<string, long> _families = [];
    private readonly Dictionary<(string, string), string> _familyOf = []; // the regular expressions cost more than the readers do
    private readonly long[] _stages = new long[Enum.GetValues<FuzzStage>().Length];
    private readonly List<string> _findings = [];

    public long Inputs { get; private set; }

    public long Bytes { get; private set; }

    public double SlowestSeconds { get; private set; }

    public long MostAllocated { get; private set; }

    public int Findings { get; private set; }

    /// <summary>The share of inputs that came at least to the table.</summary>
    public double DeepShare => Inputs == 0 ? 0 : (_stages[(int)FuzzStage.Table] + _stages[(int)FuzzStage.Data] + _stages[(int)FuzzStage.Loaded]) / (double)Inputs;

    public void Add(int bytes, double seconds, long allocated)
    {
        Inputs++;
        Bytes += bytes;
        SlowestSeconds = Math.Max(SlowestSeconds, seconds);
        MostAllocated = Math.Max(MostAllocated, allocated);
    }

    public void Loaded()
    {
        _stages[(int)FuzzStage.Loaded]++;
        Count("loaded and used");
    }

    public void Refused(FuzzStage stage, TesseraException refusal)
    {
        _stages[(int)stage]++;
        var (type, text) = refusal switch
        {
            MalformedInputException m => ("malformed", m.Reason),
            UnsupportedFeatureException u => ("unsupported", u.Feature),
            ResourceLimitException r => ("limit", r.Resource),
            _ => (refusal.GetType().Name, refusal.Message),
        };
        if (text.Length > 120) text = text[..120];
        if (!_familyOf.TryGetValue((type, text), out var family))
        {
            family = $"{type}: {Family(text)}";
            if (_familyOf.Count < 100_000) _familyOf.Add((type, text), family);
        }

        Count($"{stage,-8} {family}");
    }

    public void Found(string finding)
    {
        Findings++;
        if (_findings.Count < MostFindingsShown) _findings.Add(finding);
    }

    public void Print(TextWriter output, double seconds)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Inputs:N0} inputs, {Bytes / 1e6:F1} MB, {seconds:F1} s, {Inputs / seconds:N0} a second; slowest {SlowestSeconds * 1000:F1} ms; most allocated {MostAllocated / 1e6:F2} MB"));
        output.WriteLine(string.Join(", ", Enum.GetValues<FuzzStage>().Select(s => string.Create(CultureInfo.InvariantCulture, $"{s} {_stages[(int)s] / (double)Inputs:P1}"))));
        output.WriteLine();
        foreach (var (family, count) in _families.OrderByDescending(f => f.Value).ThenBy(f => f.Key, StringComparer.Ordinal))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,12:N0}  {family}"));
        output.WriteLine();
        foreach (var finding in _findings) output.WriteLine(finding);
        output.WriteLine(Findings == 0 ? "No findings." : $"{Findings} findings.");
    }

    private static string Family(string text)
    {
        text = Quoted().Replace(text, "'…'");
        text = Shapes().Replace(text, "[…]");
        text = AfterName().Replace(text, "$1 …");
        return Numbers().Replace(text, "#");
    }

    private void Count(string family) => _families[family] = _families.GetValueOrDefault(family) + 1;

    [GeneratedRegex("'[^']{1,20}'")]
    private static partial Regex Quoted();

    // What follows these words is a name, or where and what the JSON reader expected instead.
    [GeneratedRegex("(of tensor|dtype|the format| in fuzz| is an invalid JSON literal| Expected| LineNumber:).*", RegexOptions.Singleline)]
    private static partial Regex AfterName();

    [GeneratedRegex(@"\[[0-9, ]*\]")]
    private static partial Regex Shapes();

    [GeneratedRegex("(?<![A-Z0-9_])-?[0-9][0-9,.]*(?![A-Z_])")] // not those in Q4_K or UInt32
    private static partial Regex Numbers();
}
