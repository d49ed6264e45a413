import org.codelibs.opensearch.runner.OpenSearchRunner;

/** Starts one node of OpenSearch. Arguments: the home, then settings as name=value. */
public class OpenSearchLauncher {
    public static void main(String[] arguments) throws Exception {
        OpenSearchRunner runner = new OpenSearchRunner();
        // The runner's own choice of ports ends at 9299; the settings below name them.
        runner.setMaxHttpPort(-1);
        runner.onBuild((number, settings) -> {
            for (int i = 1; i < arguments.length; i++) {
                String[] pair = arguments[i].split("=", 2);
                settings.put(pair[0], pair[1]);
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                runner.close();
            } catch (Exception problem) {
                problem.printStackTrace();
            }
        }));
        runner.build(OpenSearchRunner.newConfigs().basePath(arguments[0]).numOfNode(1));
        Thread.currentThread().join();
    }
}
