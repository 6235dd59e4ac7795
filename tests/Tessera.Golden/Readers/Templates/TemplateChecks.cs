using System.Text.Json;
using Tessera.Tokenizers.Templates;

namespace Tessera.Golden;

/// <summary>What the readers of chat templates share: inputs out of a case, and the comparison of a text or a kind of failure.</summary>
internal static class TemplateChecks
{
    /// <summary>The clock of a file, or the system's where it names none.</summary>
    public static TimeProvider Clock(GoldenFile file) =>
        file.Root.Find("clock") is { Kind: JsonValueKind.String } clock
            ? new FixedClock(DateTimeOffset.Parse(clock.AsString() + "Z", System.Globalization.CultureInfo.InvariantCulture))
            : TimeProvider.System;

    /// <summary>An object's values by name.</summary>
    public static Dictionary<string, JsonElement> Variables(GoldenValue? values) =>
        values is { Kind: JsonValueKind.Object } ? values.Properties.ToDictionary(static p => p.Key, static p => p.Value.Element) : [];

    /// <summary>The special tokens of a case, else of its file; none where the case says false.</summary>
    public static Dictionary<string, string> SpecialTokens(GoldenCase @case) =>
        @case.Input.Find("token_variables") is { Kind: JsonValueKind.False } ? []
        : (@case.Input.Find("token_variables") ?? @case.File.Root.Find("token_variables")) is { Kind: JsonValueKind.Object } tokens
            ? tokens.Properties.Where(static p => p.Value.Kind == JsonValueKind.String).ToDictionary(static p => p.Key, static p => p.Value.AsString())
            : [];

    /// <summary>A flag of the input; false where it is absent.</summary>
    public static bool Flag(GoldenValue input, string key) => input.Find(key) is { Kind: JsonValueKind.True };

    /// <summary>Compares what <paramref name="render"/> gives with the expected text and ranges, or with the expected kind of error.</summary>
    public static void Compare(GoldenCase @case, GoldenCheck check, Func<RenderedChat> render)
    {
        var expected = @case.Expected;
        if (expected.Find("error") is { } error)
        {
            CompareError(expected, error, check, render);
            return;
        }

        var rendered = render();
        check.Equal(expected["text"], rendered.Text);
        if (expected.Find("assistant_ranges") is { } ranges)
        {
            int[][] actual = [.. rendered.AssistantRanges.Select(static r => new[] { r.Start, r.End })];
            var (wanted, got) = (JsonSerializer.Serialize(ranges.AsIntRows()), JsonSerializer.Serialize(actual));
            check.That(wanted == got, ranges.Path, wanted, got);
        }
    }

    private static void CompareError(GoldenValue expected, GoldenValue error, GoldenCheck check, Func<RenderedChat> render)
    {
        var name = error.AsString();
        var thrown = check.Refused(error.Path, name, () => render());
        if (thrown is not null)
            check.That(IsSameFamily(name, thrown), error.Path, name, $"{thrown.GetType().Name}: {thrown.Message}");
        if (name == "TemplateError" && expected.Find("message") is { } message)
            check.Equal(message, thrown?.Message);
        else
            expected.Find("message")?.Waive("the wording is the reference's own");
        expected.Find("error_text")?.Waive("the wording is the reference's own");
    }

    /// <summary>Whether an exception belongs to the family that a Python class stands for.</summary>
    public static bool IsSameFamily(string python, TesseraException thrown) => (python, thrown) switch
    {
        ("TemplateError", TemplateException { Kind: TemplateErrorKind.Raised }) => true,
        ("UndefinedError", TemplateException { Kind: TemplateErrorKind.Undefined }) => true,
        ("SecurityError", TemplateException { Kind: TemplateErrorKind.Security }) => true,
        ("TypeError" or "FilterArgumentError", TemplateException { Kind: TemplateErrorKind.Type or TemplateErrorKind.Value }) => true,
        ("TypeError", UnsupportedFeatureException) => true, // "no loader": refused when the template is parsed
        ("AttributeError", TemplateException { Kind: TemplateErrorKind.Undefined or TemplateErrorKind.Type }) => true,
        ("ValueError" or "KeyError" or "IndexError" or "AssertionError", TemplateException { Kind: TemplateErrorKind.Value or TemplateErrorKind.Type }) => true,
        ("ZeroDivisionError" or "OverflowError", TemplateException { Kind: TemplateErrorKind.Arithmetic }) => true,
        ("OverflowError" or "MemoryError" or "RecursionError", ResourceLimitException) => true,
        ("TemplateSyntaxError", MalformedInputException or UnsupportedFeatureException) => true,
        ("TemplateAssertionError", UnsupportedFeatureException or MalformedInputException) => true,
        ("TemplateRuntimeError", TemplateException or UnsupportedFeatureException) => true,
        _ => false,
    };

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
