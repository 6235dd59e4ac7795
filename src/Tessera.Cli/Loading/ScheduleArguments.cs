using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tessera.Cli.Output;
using Tessera.Laboratory;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Cli.Loading;

/// <summary>The options that say which tokens run through which layers, and what is told about it.</summary>
internal sealed class ScheduleArguments
{
    private readonly Option<string?> _schedule = new("--schedule")
    {
        Description = "A method of the stage 'schedule' by name, with options after a colon: which tokens run through which layers, for example skipdecode:most=0.8,least=0.4. See: tessera methods --stage schedule",
        HelpName = "NAME[:OPTION=VALUE,…]",
    };

    private readonly Option<string?> _lazy = new("--lazy")
    {
        Description = "LazyLLM: long prompts (from 512 tokens) answer sooner, since deeper layers run only the tokens that matter; depth:share pairs, for example 0.3:0.5/0.6:0.25 keeps half of the tokens behind 30 % of the layers and a quarter behind 60 %. Without a value 0.3:0.8/0.5:0.6/0.7:0.4/0.9:0.3. The same as --schedule lazyllm:keep=…",
        HelpName = "DEPTH:SHARE/…",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly ScheduleCounts _counts = new();
    private string? _name;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_schedule);
        command.Add(_lazy);
    }

    /// <summary>Options for sequences under the schedule, if one was named.</summary>
    /// <param name="result">What was typed.</param>
    /// <param name="options">How sequences are made otherwise.</param>
    public SequenceOptions Apply(ParseResult result, SequenceOptions options)
    {
        var (named, lazy) = (result.GetValue(_schedule), result.GetResult(_lazy) is not null);
        if (named is not null && lazy) throw new UsageException("--lazy is a schedule; give it or --schedule.");
        var text = named ?? (!lazy ? null : result.GetValue(_lazy) is { Length: > 0 } keep ? "lazyllm:keep=" + keep : "lazyllm");
        if (text is null) return options;
        if (options.Policy is not null) throw new UsageException("--kv and a schedule don't go together: which slots a policy keeps depends on all tokens having run.");
        var (method, settings) = UsageException.Guard(() => MethodCatalogue.Read(text, MethodStage.Schedule));
        _ = UsageException.Guard(() => method.Create<LayerSchedule>(settings)); // says at once what is wrong with it
        _name = method.Name;
        return options with { Schedule = () => method.Create<LayerSchedule>(settings).CountedBy(_counts) };
    }

    /// <summary>Writes what has run, as a property of an object; nothing where there is no schedule.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        if (_name is null) return;
        json.WriteStartObject("schedule");
        json.WriteString("name", _name);
        json.WriteNumber("tokens", _counts.Tokens);
        json.WriteStartArray("rowsByLayer");
        foreach (var rows in _counts.Rows) json.WriteNumberValue(rows);
        json.WriteEndArray();
        json.WriteNumber("rows", _counts.TotalRows);
        json.WriteNumber("allRows", _counts.Tokens * _counts.Rows.Length);
        json.WriteNumber("revived", _counts.Revived);
        json.WriteEndObject();
    }

    /// <summary>Says in a line what has run; nothing where there is no schedule.</summary>
    public void Note(CommandConsole console)
    {
        if (_name is null || _counts.Tokens == 0) return;
        var all = _counts.Tokens * _counts.Rows.Length;
        console.Note(string.Create(CultureInfo.InvariantCulture,
            $"({_name}: {_counts.TotalRows} of {all} rows of tokens and layers computed, {100.0 * _counts.TotalRows / all:F0} %; {_counts.Revived} of them late)"));
    }
}
