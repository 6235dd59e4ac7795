// Measures the tokenizers, by themselves and beside others. README.md says what each verb needs and prints.
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Tessera.Tokenizers.Measure;

switch (args)
{
    case ["compact", var file, var target]:
        Tessera.Tokenizers.Tokenizer.Load(file).SaveCompact(target);
        return 0;
    case ["dotnet", .. var texts]:
        return DotNetRun.Run(texts);
    case ["hostile", .. var files]:
        return HostileRun.Run(files);
    case ["peers", var folder, var tokenizer, .. var texts]:
        return PeerRun.Run(folder, tokenizer, texts);
    case ["benchmark", .. var rest]:
        BenchmarkSwitcher.FromTypes([typeof(PeerBenchmarks)]).Run(rest, DefaultConfig.Instance.WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40)));
        return 0;
    default:
        Console.Error.WriteLine("compact TOKENIZER.json TARGET | dotnet [TEXT…] | hostile TOKENIZER… | peers FOLDER TOKENIZER.json [TEXT…] | benchmark [BenchmarkDotNet's options]");
        return 2;
}
